"""What the tests of the documentation look at: the files of this checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Files = Callable[..., list[Path]]


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def files(root: Path) -> Files:
    """The files that git knows or, unless `tracked`, would add; all of them, or those that match a pattern."""

    def listed(*patterns: str, tracked: bool = False) -> list[Path]:
        others = () if tracked else ("--others", "--exclude-standard")
        command = ["git", "ls-files", "-z", "--cached", *others, "--", *patterns]
        answer = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
        paths = sorted({root / name for name in answer.split("\0") if name})
        return [path for path in paths if path.is_file() and not path.is_symlink()]

    return listed
