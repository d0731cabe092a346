"""One `clay up` per folder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mediaclay.errors import AlreadyRunning


@contextmanager
def exclusive(home: Path) -> Generator[None]:
    """Holds `up.lock` below `home`; the system lets go of it however we end. Raises `AlreadyRunning`."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("a+") as file:
        if not _taken(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise AlreadyRunning(
                f"`clay up` already runs on {home} (process {holder}). Stop it with Ctrl-C there, or set CLAY_HOME to another folder."
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    for _ in range(5):  # `held` may be looking at it just now
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def held(home: Path) -> bool:
    """Whether a `clay up` runs on `home`."""
    try:
        with (home / "up.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
