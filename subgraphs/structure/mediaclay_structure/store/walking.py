"""A branch in document order, from any place on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import BranchLabel, NodeRecord
from mediaclay_structure.store import branches
from mediaclay_structure.tree.segments import Anchor, Segment, past, segments

ANCHORS = 500
"""How many anchors are read at a time: a branch may have thousands."""
FIRST_ANCHORS = 32
"""How many are read at first: a page needs few."""


async def following(db: Connection, label: BranchLabel, after: str, most: int) -> list[tuple[NodeRecord, str]]:
    """At most `most` nodes of a branch behind the full key `after`, each with its own full key.

    Needs a transaction that is REPEATABLE READ: the anchors and the nodes are read by different statements.
    """
    found: list[tuple[NodeRecord, str]] = []
    async for part in _each(db, label, after):
        read = await branches.read_segment(db, label.structure_id, part, most - len(found))
        found += [(node, part.base + node.okey) for node in read]
        if len(found) >= most:
            break
    return found


async def whole(db: Connection, label: BranchLabel, most: int) -> AsyncGenerator[list[NodeRecord]]:
    """All below a node in lists of at most `most`, in constant memory; `db` as above."""
    waiting: list[NodeRecord] = []
    async for part in _each(db, label, label.full_key):
        rest = part
        while True:
            room = most - len(waiting)
            read = await branches.read_segment(db, label.structure_id, rest, room)
            waiting += read
            if len(read) < room:
                break
            yield waiting
            waiting = []
            rest = rest._replace(low=past(read[-1].okey))
    if waiting:
        yield waiting


async def parts(db: Connection, label: BranchLabel, after: str) -> AsyncIterator[list[Segment]]:
    """The segments of what follows the full key `after`, in document order, read on only when they are wanted."""
    most = FIRST_ANCHORS
    while True:
        on_the_way = await branches.anchors_on_the_way(db, label, after)
        beneath = await branches.anchors_beneath(db, label, after, most)
        ended = len(beneath) < most
        found = segments(Anchor(label.anchor_id, label.gpath), label.okey, [*on_the_way, *beneath], after)
        yield list(_before(found, None if ended else beneath[-1].gpath))
        if ended:
            return
        # Go on right before the last anchor that was read: without its '/', a key sorts just before itself.
        after = beneath[-1].gpath[:-1]
        most = ANCHORS


def _before(parts: Iterator[Segment], until: str | None) -> Iterator[Segment]:
    """The segments that begin before the full key `until`."""
    for part in parts:
        if until is not None and part.base + part.low >= until:
            return
        yield part


async def _each(db: Connection, label: BranchLabel, after: str) -> AsyncIterator[Segment]:
    async for some in parts(db, label, after):
        for part in some:
            yield part
