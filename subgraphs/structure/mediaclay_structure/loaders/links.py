"""Links from and to nodes."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, itemgetter
from uuid import UUID

from mediaclay_kernel.database import reachable
from mediaclay_kernel.ids import decode_cursor, encode_cursor, parse_id
from mediaclay_kernel.loading import distinct, grouped
from mediaclay_kernel.plan import Needs

from mediaclay_structure.loaders import nodes
from mediaclay_structure.loaders.guarding import guard_of
from mediaclay_structure.loaders.pages import page
from mediaclay_structure.records import LinkRecord, LinksOf, NodeRecord, Page, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import links


async def of_nodes(
    at: Request, of: Sequence[NodeRecord], kind: str | None, direction: str, asked: Window
) -> list[Page[LinkRecord]]:
    """A page of each node's links whose other end may be seen, too, by kind, and oldest first within one."""
    after = links.START if asked.cursor is None else _read_cursor(asked.cursor)
    guard = await guard_of(at)
    async with reachable():
        found = await links.page(
            at.state.database.pool, distinct(of, attrgetter("id")), kind, direction, after, asked.limit + 1, guard
        )
    groups = grouped(found, itemgetter(0), [node.id for node in of])
    return [
        page([link for _, link in group], asked, _cursor_of, LinksOf(node, kind, direction))
        for node, group in zip(of, groups, strict=True)
    ]


def _cursor_of(link: LinkRecord) -> str:
    return encode_cursor(link.kind, str(link.id))


def _read_cursor(cursor: str) -> tuple[str, UUID]:
    kind, link = decode_cursor(cursor, str, str)
    return kind, parse_id(link, "The id in the cursor")


async def count(at: Request, of: LinksOf) -> int:
    """How many links a node has of that kind and direction, whose other end may be seen."""
    guard = await guard_of(at)
    async with reachable():
        found = await links.counts(at.state.database.pool, [of.node], of.kind, of.direction, guard)
    return found.get(of.node.id, 0)


async def sources(at: Request, of: Sequence[LinkRecord], *, needs: Needs) -> list[NodeRecord | None]:
    """Where each begins."""
    return await nodes.by_id(at, [link.source_id for link in of], needs.of(NodeRecord))


async def targets(at: Request, of: Sequence[LinkRecord], *, needs: Needs) -> list[NodeRecord | None]:
    """Where each leads."""
    return await nodes.by_id(at, [link.target_id for link in of], needs.of(NodeRecord))
