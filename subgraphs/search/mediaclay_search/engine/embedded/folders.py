"""Which folder holds the index, and which one is being filled to take its place."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from mediaclay_search.engine.embedded.layout import VERSION

REMOVALS = 40


class Folders:
    """Two small files name the folders: they are put in place by renaming, so that a kill leaves the old or the new name."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._current = home / f"tantivy-{VERSION}.current"
        self._building = home / f"tantivy-{VERSION}.building"

    def current(self) -> Path:
        """The folder of the index that answers."""
        return self._home / self._name(self._current, f"tantivy-{VERSION}")

    @property
    def is_building(self) -> bool:
        """Whether another index is being filled."""
        return self._building.exists()

    def building(self) -> Path:
        """The folder of the index that is being filled, named anew where there is none."""
        if not self.is_building:
            head, _, number = self.current().name.partition("+")
            _write(self._building, f"{head}+{int(number or 0) + 1}")
        return self._home / self._name(self._building, "")

    def adopt(self, folder: Path) -> None:
        """That folder's index answers from now on."""
        _write(self._current, folder.name)
        self._building.unlink(missing_ok=True)

    def left(self) -> list[Path]:
        """Folders of this version that no file names: those that a process was killed on before it had removed them."""
        named = {self.current(), *([self.building()] if self.is_building else [])}
        return [each for each in self._home.glob(f"tantivy-{VERSION}*") if each.is_dir() and each not in named]

    def _name(self, file: Path, usual: str) -> str:
        return file.read_text().strip() if file.exists() else usual


def remove(folder: Path) -> None:
    """Removes a folder, also where a merge that was cut off still puts a file into it."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def _write(file: Path, name: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(file.suffix + ".new")
    with beside.open("w") as new:
        new.write(name)
        new.flush()
        os.fsync(new.fileno())
    beside.replace(file)
