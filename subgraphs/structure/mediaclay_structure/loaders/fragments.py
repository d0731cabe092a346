"""Nodes as an index keeps them: by their ids, and of whole fragments, however many they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from operator import attrgetter
from uuid import UUID

from mediaclay_kernel.database import reachable
from mediaclay_kernel.loading import in_order

from mediaclay_structure.records import IndexedNode
from mediaclay_structure.state import Request
from mediaclay_structure.store import fragments


async def pages(at: Request, structure: UUID, anchors: Sequence[int], most: int) -> AsyncGenerator[list[IndexedNode]]:
    """The nodes that are in these fragments by now, pruned ones too, in lists of at most `most`.

    Each list is read by a statement of its own: a node that is relabelled meanwhile may come twice or not at all. The
    change that relabelled it names it.
    """
    at.require_read()
    for anchor in anchors:
        after = None
        while found := await _page(at, structure, anchor, after, most):
            yield found
            if len(found) < most:
                break
            after = found[-1].okey


async def by_id(at: Request, ids: Sequence[UUID]) -> list[IndexedNode | None]:
    """The node of each id, pruned or not, None for an unknown one."""
    at.require_read()
    async with reachable():
        return in_order(await fragments.by_id(at.state.database.pool, ids), attrgetter("id"), ids)


async def _page(at: Request, structure: UUID, anchor: int, after: str | None, most: int) -> list[IndexedNode]:
    async with reachable():
        return await fragments.page(at.state.database.pool, structure, anchor, after, most)
