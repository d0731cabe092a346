"""The parts of the benchmarks. Each is a module with `async def run(bench: Bench) -> list[Row]`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Protocol, cast

from benchmarks.rows import Row
from benchmarks.structure.bench import Bench


class Part(Protocol):
    """A module that measures."""

    run: Callable[[Bench], Awaitable[list[Row]]]


_BOTH = ("synthetic", "ncbi")
DATA_OF: dict[str, tuple[str, ...]] = {
    "reads": _BOTH,
    "access": _BOTH,
    "branches": _BOTH,
    "creates": ("synthetic",),
    "against": _BOTH,
    "mixed": _BOTH,
    "moves": _BOTH,
    "streaming": ("ncbi",),
    "concurrency": ("none",),
}
"""On which trees each part runs, in the order in which they run: those that read before those that move.
`none` is a structure with nothing but its root."""


def _part(name: str) -> Part:
    # Imported when it is run: Django is not needed to measure anything else.
    return cast(Part, import_module(f"benchmarks.structure.{name}"))


PARTS: dict[str, Callable[[], Part]] = {name: lambda name=name: _part(name) for name in DATA_OF}
