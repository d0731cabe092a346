"""The peers' packages, installed as their lock names them, with the npm that came with Node.js."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import orjson
from mediaclay_kernel.errors import Unavailable
from mediaclay_structure.samples.fetch import npm

from mediaclay.embedded import node

FOLDER = Path(__file__).parent / "peers"
_MODULES = FOLDER / "node_modules"


def install() -> None:
    """Installs what is missing; what was made from the same lock stays. Raises `Unavailable`."""
    stamp, made_of = _MODULES / ".prepared", hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == made_of:
        return
    environment = {**os.environ, "PATH": f"{node.binary().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [*npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Unavailable(f"The peers' packages could not be installed: {(done.stderr or done.stdout).strip()}")
    stamp.write_text(made_of)


def versions(names: Sequence[str]) -> dict[str, str]:
    """The installed version of each package."""
    return {name: orjson.loads((_MODULES / name / "package.json").read_bytes())["version"] for name in names}
