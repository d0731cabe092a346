"""Nodes that stand elsewhere than the index says, since it has not read so far: they are not shown until it has."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict

from mediaclay_search.sources.trees import Trees

PAGE = 1_000
"""Changes that are asked for at once."""


class Pending:
    """What was relabelled by changes that the index is yet to read, by structure; each change is asked for once."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._known: defaultdict[str, list[tuple[int, list[str]]]] = defaultdict(list)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def between(self, structure: str, read: int, revision: int) -> list[str]:
        """The ids relabelled behind the revision that the index has `read`, up to a revision.

        Raises `Unavailable` and, for an unknown structure, `NotFound`.
        """
        if revision <= read:
            self._known.pop(structure, None)
            return []
        async with self._locks[structure]:
            known = [each for each in self._known[structure] if each[0] > read]
            if known and known[0][0] != read + 1:  # the index was built anew, and has read less than before
                known = []
            while (last := known[-1][0] if known else read) < revision:
                found = await self._trees.relabelled(structure, last, min(revision - last, PAGE))
                known += found
                if not found:
                    break
            self._known[structure] = known
        end = bisect_right(known, revision, key=lambda each: each[0])
        return [*{id_: None for _, ids in known[:end] for id_ in ids}]
