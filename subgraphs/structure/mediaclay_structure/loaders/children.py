"""The children of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.ids import decode_cursor, encode_cursor, parse_id
from mediaclay_kernel.loading import grouped

from mediaclay_structure.loaders.pages import asking, page
from mediaclay_structure.records import ChildrenOf, NodeFilter, NodeRecord, Page, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import nodes


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
    at: Request, parents: Sequence[NodeRecord], wanted: NodeFilter, asked: Window
) -> list[Page[NodeRecord]]:
    """A page of children for each parent."""
    async with asking(wanted):
        found = await nodes.children(at.state.database.pool, parents, wanted, asked, read_cursor(asked.cursor))
    groups = grouped(found, lambda node: node.parent_id, [p.id for p in parents])
    return [
        page(group, asked, cursor_of, ChildrenOf(parent, wanted)) for parent, group in zip(parents, groups, strict=True)
    ]


async def counts(at: Request, parents: Sequence[NodeRecord], wanted: NodeFilter | None = None) -> list[int]:
    """How many children each parent has that are wanted."""
    wanted = wanted or NodeFilter()
    async with asking(wanted):
        found = await nodes.child_counts(at.state.database.pool, parents, wanted)
    return [found.get(parent.id, 0) for parent in parents]
