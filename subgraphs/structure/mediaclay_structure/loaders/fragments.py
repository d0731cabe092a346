"""The nodes of whole fragments, however many they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from mediaclay_kernel.database import reachable

from mediaclay_structure.records import NodeRecord
from mediaclay_structure.state import Request
from mediaclay_structure.store import fragments


async def pages(at: Request, structure: UUID, anchors: Sequence[int], most: int) -> AsyncGenerator[list[NodeRecord]]:
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


async def _page(at: Request, structure: UUID, anchor: int, after: str | None, most: int) -> list[NodeRecord]:
    async with reachable():
        return await fragments.page(at.state.database.pool, structure, anchor, after, most)
