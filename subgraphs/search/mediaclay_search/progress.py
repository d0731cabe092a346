"""How far the structures have got, and how far the index is behind. Pure, but for the clock that is given."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

FRESH = 10.0
"""Seconds after which what was heard of the structures may be out of date."""


class Heads:
    """The newest revision of each structure, as far as anyone told us."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._revisions: dict[str, int] = {}
        self._horizons: dict[str, int] = {}
        self._clock = clock
        self._told = float("-inf")

    def snapshot(self) -> dict[str, int]:
        """The revisions known now."""
        return dict(self._revisions)

    def advance(self, structure: str, revision: int) -> None:
        """Someone saw a revision of a structure. Older news than ours is no news."""
        self._revisions[structure] = max(revision, self._revisions.get(structure, 0))

    def replace(self, asked: Mapping[str, int], told: Mapping[str, int]) -> None:
        """All structures were `told`. Of those we knew when we `asked`, one that is missing is gone.

        One that we heard of since then stays: it is younger than the answer.
        """
        for structure in asked.keys() - told.keys():
            self._revisions.pop(structure, None)
        for structure, revision in told.items():
            self.advance(structure, revision)
            self._horizons.setdefault(structure, revision)
        self._told = self._clock()

    def widen(self, told: Mapping[str, int]) -> None:
        """What was read before this was told is about to be committed: nodes as they were at these revisions at most."""
        for structure, revision in told.items():
            self._horizons[structure] = max(revision, self._horizons.get(structure, 0))

    def is_beyond(self, revisions: Mapping[str, int]) -> bool:
        """Whether the index may have nodes of these structures as they are since a later revision."""
        return any(self._horizons.get(each, revision + 1) > revision for each, revision in revisions.items())

    def forget(self, structure: str) -> None:
        """What was known of a structure is no longer true."""
        self._revisions.pop(structure, None)

    def behind(self, positions: Mapping[str, int]) -> list[str]:
        """Structures that have changes which the index has not."""
        return [structure for structure, head in self._revisions.items() if head > positions.get(structure, 0)]

    def lag(self, positions: Mapping[str, int], structure: str | None = None) -> int:
        """Changes that the index of one structure, or of all, has yet to read.

        At least 1 while we have not heard of the structures for a while: 0 would claim that nothing is waiting.
        """
        asked = self._revisions if structure is None else {structure: self._revisions.get(structure, 0)}
        waiting = sum(max(head - positions.get(each, 0), 0) for each, head in asked.items())
        return waiting if self._clock() - self._told < FRESH else max(waiting, 1)


def outdated(positions: Mapping[str, int], told: Mapping[str, int]) -> list[str]:
    """Structures to be dropped from the index.

    They are gone, or have fewer changes than were read: restored from an older backup, they hold other nodes now.
    `positions` are to be of a time before `told` was asked for.
    """
    return [structure for structure, read in positions.items() if told.get(structure, -1) < read]
