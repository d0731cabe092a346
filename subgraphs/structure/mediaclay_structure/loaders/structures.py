"""Structures, their kinds, and their roots."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from mediaclay_kernel.database import reachable
from mediaclay_kernel.ids import decode_cursor, encode_cursor
from mediaclay_kernel.loading import grouped, in_order
from mediaclay_kernel.plan import Needs

from mediaclay_structure.loaders import guarding
from mediaclay_structure.loaders import nodes as node_loaders
from mediaclay_structure.loaders.pages import page
from mediaclay_structure.records import KindRecord, NodeRecord, Page, StructureRecord, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import branches, structures
from mediaclay_structure.store import kinds as kind_store


class AllStructures:
    """The list of every structure."""


async def by_id(at: Request, ids: Sequence[UUID | None]) -> list[StructureRecord | None]:
    """The structure of each id, None for one that is unknown, or of which the caller may read nothing."""
    visible = await guarding.visible(at)
    return await _by_id(at, ids, visible)


async def of_seen(at: Request, ids: Sequence[UUID]) -> list[StructureRecord | None]:
    """The structure of each id, where the caller has seen something of it."""
    at.require_read()
    return await _by_id(at, ids, None)


async def _by_id(
    at: Request, ids: Sequence[UUID | None], visible: Sequence[UUID] | None
) -> list[StructureRecord | None]:
    known = list({i for i in ids if i is not None})
    async with reachable():
        found = await structures.by_id(at.state.database.pool, known, visible) if known else []
    return in_order(found, attrgetter("id"), ids)


async def by_slug(at: Request, slugs: Sequence[str]) -> list[StructureRecord | None]:
    """The structure of each slug, None for one that is unknown, or of which the caller may read nothing."""
    visible = await guarding.visible(at)
    async with reachable():
        found = await structures.by_slug(at.state.database.pool, slugs, visible)
    return in_order(found, attrgetter("slug"), slugs)


async def listed(at: Request, asked: Window) -> Page[StructureRecord]:
    """A page of all structures of which the caller may read something, by slug."""
    visible = await guarding.visible(at)
    after = decode_cursor(asked.cursor, str)[0] if asked.cursor is not None else None
    async with reachable():
        found = await structures.page(at.state.database.pool, after, asked.limit + 1, visible)
    return page(found, asked, lambda structure: encode_cursor(structure.slug), AllStructures())


async def of_nodes(at: Request, nodes: Sequence[NodeRecord]) -> list[StructureRecord | None]:
    """The structure that each node belongs to."""
    return await of_seen(at, [node.structure_id for node in nodes])


async def roots(at: Request, of: Sequence[StructureRecord], *, needs: Needs) -> list[NodeRecord | None]:
    """The root of each, None where only parts of it may be read."""
    return await node_loaders.by_id(at, [structure.root_id for structure in of], needs.of(NodeRecord))


async def node_counts(at: Request, of: Sequence[StructureRecord]) -> list[int]:
    """The number of nodes in each that the caller may read."""
    found_roots = await node_loaders.by_id(at, [structure.root_id for structure in of], frozenset())
    tops: dict[UUID, list[NodeRecord]] = {root.structure_id: [root] for root in found_roots if root is not None}
    if missing := [structure.id for structure in of if structure.id not in tops]:
        granted = await guarding.reach(at) or {}
        ids = [label.id for structure in missing for label in granted.get(structure, ())]
        for node in await node_loaders.by_id(at, ids, frozenset()):
            if node is not None:
                tops.setdefault(node.structure_id, []).append(node)
    async with reachable():
        found = await branches.counts(at.state.database.pool, [top for own in tops.values() for top in own])
    return [sum(found.get(top.id, 0) + 1 for top in tops.get(structure.id, ())) for structure in of]


async def revisions(at: Request, of: Sequence[StructureRecord]) -> list[int]:
    """The number of the latest change of each. Apart from the record: with it, all that names one would be purged."""
    return [each.revision for each in of]


async def kinds(at: Request, of: Sequence[StructureRecord]) -> list[list[KindRecord]]:
    """The registered kinds of each, by name."""
    async with reachable():
        found = await kind_store.of_structures(at.state.database.pool, [s.id for s in of])
    return grouped(found, attrgetter("structure_id"), [s.id for s in of])


async def count_all(at: Request) -> int:
    """How many structures there are of which the caller may read something."""
    visible = await guarding.visible(at)
    async with reachable():
        return await structures.count(at.state.database.pool, visible)
