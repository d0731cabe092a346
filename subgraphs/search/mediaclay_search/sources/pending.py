"""Nodes that stand elsewhere than the index says, since it has not read so far: they are not shown until it has."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mediaclay_search.engine import SearchBackend
from mediaclay_search.sources.trees import Trees

PAGE = 1_000
"""Changes that are asked for at once."""
FEW = 500
"""Ids of one change that are left out as they are; of more, as of an import, most are not in the index yet."""


class Hidden(NamedTuple):
    """Ids that are not to be told of; whether that is good only for the generation of the index that it was asked of."""

    ids: tuple[str, ...]
    is_of_now: bool = False


@dataclass(slots=True)
class _Change:
    revision: int
    ids: Sequence[str]
    generation: int = -1
    found: Sequence[str] = ()
    """Those of the ids that an index of that generation has."""


class Pending:
    """What was relabelled by changes that the index is yet to read, by structure; each change is asked for once."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._known: defaultdict[str, list[_Change]] = defaultdict(list)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def between(self, structure: str, read: int, revision: int, index: SearchBackend | None) -> Hidden:
        """The ids relabelled behind the revision that the index has `read`, up to a revision.

        Of large changes only those that the `index` has, if it is given. Raises `Unavailable` and, for an unknown structure,
        `NotFound`.
        """
        if revision <= read:
            self._known.pop(structure, None)
            return Hidden(())
        async with self._locks[structure]:
            known = [each for each in self._known[structure] if each.revision > read]
            if known and known[0].revision != read + 1:  # the index was built anew, and has read less than before
                known = []
            while (last := known[-1].revision if known else read) < revision:
                found = await self._trees.relabelled(structure, last, min(revision - last, PAGE))
                known += [_Change(*each) for each in found]
                if not found:
                    break
            self._known[structure] = known
            changes = known[: bisect_right(known, revision, key=lambda each: each.revision)]
            hidden: dict[str, None] = {}
            is_of_now = False
            for change in changes:
                ids = change.ids if index is None else await _standing(change, index)
                is_of_now = is_of_now or ids is not change.ids
                hidden |= dict.fromkeys(ids)
        return Hidden(tuple(hidden), is_of_now)


async def _standing(change: _Change, index: SearchBackend) -> Sequence[str]:
    generation = index.generation
    if len(change.ids) <= FEW or generation % 2:
        return change.ids
    if change.generation != generation:
        change.found, change.generation = await index.among(change.ids), generation
    return change.found
