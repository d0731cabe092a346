"""Where branches lie, remembered for a moment: a page of results asks the same several times."""

from __future__ import annotations

import time
from uuid import UUID

from mediaclay_search.records import Part
from mediaclay_search.sources.trees import Trees

KEPT = 0.3
"""Seconds for which an answer is good: a right that was taken away is gone this much later at most."""
MOST = 1000


class Branches:
    """Where branches lie, for each caller."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._known: dict[tuple[UUID, str | None], tuple[float, Part]] = {}

    async def part(self, node: UUID, authorization: str | None) -> Part:
        """Where the branch of a node lies. Raises as `Trees.branch` does."""
        key = node, authorization
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        part = await self._trees.branch(node, authorization)
        self._forget()
        self._known[key] = time.monotonic() + KEPT, part
        return part

    def _forget(self) -> None:
        if len(self._known) >= MOST:
            now = time.monotonic()
            kept = {key: known for key, known in self._known.items() if known[0] > now}
            self._known = kept if len(kept) < MOST else {}
