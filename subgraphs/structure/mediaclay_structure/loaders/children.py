"""The children of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from mediaclay_kernel.database import reachable
from mediaclay_kernel.ids import decode_cursor, encode_cursor, parse_id
from mediaclay_kernel.loading import distinct, grouped

from mediaclay_structure.loaders.filters import searching
from mediaclay_structure.loaders.pages import page
from mediaclay_structure.records import ChildrenOf, NodeFilter, NodeRecord, Page, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import nodes, siblings
from mediaclay_structure.store.filters import Deadline


def cursor_of(node: NodeRecord) -> str:
    """The place of a node among its siblings, by its key and its id: the id finds it where the key has changed."""
    return encode_cursor(node.pos, str(node.id))


def read_cursor(cursor: str | None) -> tuple[str, UUID] | None:
    """The key and the id in a cursor. Raises `BadUserInput`."""
    if cursor is None:
        return None
    pos, node = decode_cursor(cursor, str, str)
    return pos, parse_id(node, "The id in the cursor")


async def by_parent(
    at: Request, parents: Sequence[NodeRecord], wanted: NodeFilter, asked: Window, needs: frozenset[str] | None = None
) -> list[Page[NodeRecord]]:
    """A page of children for each parent, of which at least the attributes that it `needs` are read."""
    place = read_cursor(asked.cursor)
    own = distinct(parents, attrgetter("id"))
    if wanted.is_empty:
        async with reachable():
            found = await nodes.children(at.state.database.pool, own, asked, place, needs)
    else:
        async with searching(at, wanted) as (db, search):
            found = [] if search.is_nothing else await siblings.wanted(db, own, search, asked, place)
    groups = grouped(found, attrgetter("parent_id"), [p.id for p in parents])
    return [
        page(group, asked, cursor_of, ChildrenOf(parent, wanted)) for parent, group in zip(parents, groups, strict=True)
    ]


async def counts(
    at: Request, parents: Sequence[NodeRecord], wanted: NodeFilter | None = None, deadline: Deadline | None = None
) -> list[int]:
    """How many children each parent has that are wanted."""
    wanted = wanted or NodeFilter()
    if wanted.is_empty:
        async with reachable():
            found = await nodes.child_counts(at.state.database.pool, parents, wanted)
    else:
        async with searching(at, wanted, deadline) as (db, search):
            found = {} if search.is_nothing else await siblings.counts(db, parents, search)
    return [found.get(parent.id, 0) for parent in parents]
