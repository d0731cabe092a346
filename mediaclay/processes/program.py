"""What can be started: a command line, what it is told, how it is stopped and how one sees that it is ready."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def at_once(_: int) -> bool:
    """For a program that is ready as soon as it runs."""
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """`ready` is asked with the process id until it says yes, for at most `patience` seconds; it must not wait long."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: Path | None = None
    ready: Callable[[int], bool] = at_once
    patience: float = 60.0
    stop_signal: int = signal.SIGTERM
    grace: float = 20.0
    """Seconds between the stop signal and SIGKILL."""
