"""A branch in document order, from any place on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from itertools import islice

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import BranchLabel, NodeFilter, NodeRecord
from mediaclay_structure.store import branches
from mediaclay_structure.tree.segments import Anchor, Segment, segments

ANCHORS = 500
"""How many anchors are read at a time: a page needs few, a branch may have thousands."""
SEGMENTS = 50
"""How many segments a page is looked for in at a time."""


async def following(
    db: Connection, label: BranchLabel, after: str, wanted: NodeFilter, deepest: int | None, most: int
) -> list[tuple[NodeRecord, str]]:
    """At most `most` wanted nodes of a branch behind the full key `after`, each with its own full key.

    Needs a transaction that is REPEATABLE READ: the anchors and the nodes are read by different statements.
    """
    found: list[tuple[NodeRecord, str]] = []
    async for some in _in_chunks(parts(db, label, after)):
        found += await branches.read_segments(db, label.structure_id, some, wanted, deepest, most - len(found))
        if len(found) >= most:
            break
    return found


async def whole(db: Connection, label: BranchLabel, most: int) -> AsyncGenerator[list[NodeRecord]]:
    """All below a node in lists of at most `most`, in constant memory; `db` as above."""
    after = label.full_key
    while found := await following(db, label, after, NodeFilter(), None, most):
        yield [node for node, _ in found]
        after = found[-1][1]


async def parts(db: Connection, label: BranchLabel, after: str) -> AsyncIterator[list[Segment]]:
    """The segments of what follows the full key `after`, in document order, read on only when they are wanted."""
    while True:
        on_the_way = await branches.anchors_on_the_way(db, label, after)
        beneath = await branches.anchors_beneath(db, label, after, ANCHORS)
        ended = len(beneath) < ANCHORS
        found = segments(Anchor(label.anchor_id, label.gpath), label.okey, [*on_the_way, *beneath], after)
        yield list(_before(found, None if ended else beneath[-1].gpath))
        if ended:
            return
        # Go on right before the last anchor that was read: without its '/', a key sorts just before itself.
        after = beneath[-1].gpath[:-1]


def _before(parts: Iterator[Segment], until: str | None) -> Iterator[Segment]:
    """The segments that begin before the full key `until`."""
    for part in parts:
        if until is not None and part.base + part.low >= until:
            return
        yield part


async def _in_chunks(found: AsyncIterator[list[Segment]]) -> AsyncIterator[list[Segment]]:
    async for some in found:
        rest = iter(some)
        while chunk := list(islice(rest, SEGMENTS)):
            yield chunk
