"""What processes take of the processor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Meter:
    """Some processes, each with those that it started."""

    pids: Sequence[int]

    def seconds(self) -> float:
        """What they have taken since they began, those among them that have ended."""
        return sum(_ended(psutil.Process(pid)) + sum(map(_taken, _family(pid))) for pid in self.pids)


def _family(pid: int) -> list[psutil.Process]:
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


def _taken(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # it ended since it was listed
        return 0.0
    return times.user + times.system


def _ended(top: psutil.Process) -> float:
    """PostgreSQL's connections come and go, and what they took goes to who started them."""
    times = top.cpu_times()
    return times.children_user + times.children_system
