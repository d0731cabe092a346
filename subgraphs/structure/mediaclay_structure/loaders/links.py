"""Links from and to nodes."""

from __future__ import annotations

from collections.abc import Sequence

from mediaclay_kernel.database import reachable
from mediaclay_kernel.ids import decode_cursor, encode_cursor, parse_id

from mediaclay_structure.loaders import nodes
from mediaclay_structure.loaders.pages import page
from mediaclay_structure.records import LinkRecord, LinksOf, NodeRecord, Page, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import links


async def of_nodes(
    at: Request, of: Sequence[NodeRecord], kind: str | None, direction: str, asked: Window
) -> list[Page[LinkRecord]]:
    """A page of each node's links, oldest first."""
    after = None
    if asked.cursor is not None:
        after = parse_id(str(decode_cursor(asked.cursor, str)[0]), "The id in the cursor")
    async with reachable():
        found = await links.page(at.state.database.pool, of, kind, direction, after, asked.limit + 1)
    return [
        page(
            [link for origin, link in found if origin == node.id], asked, lambda link: encode_cursor(str(link.id)),
            LinksOf(node, kind, direction),
        )
        for node in of
    ]  # fmt: skip


async def count(at: Request, of: LinksOf) -> int:
    """How many links a node has of that kind and direction."""
    async with reachable():
        found = await links.counts(at.state.database.pool, [of.node], of.kind, of.direction)
    return found.get(of.node.id, 0)


async def sources(at: Request, of: Sequence[LinkRecord]) -> list[NodeRecord | None]:
    """Where each begins."""
    return await nodes.by_id(at, [link.source_id for link in of])


async def targets(at: Request, of: Sequence[LinkRecord]) -> list[NodeRecord | None]:
    """Where each leads."""
    return await nodes.by_id(at, [link.target_id for link in of])
