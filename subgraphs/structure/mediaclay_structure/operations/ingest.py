"""Take in many nodes and links at once: one transaction and one change for a batch, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import asyncpg
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import NotFound
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.formats.line import LinkLine, NodeLine
from mediaclay_structure.operations.ingested import Ingested
from mediaclay_structure.operations.joining import join
from mediaclay_structure.operations.placing import Placing
from mediaclay_structure.records import Ingestion
from mediaclay_structure.store import ingesting, statistics, structures, writing
from mediaclay_structure.tree.labels import Grown, Label, Labelled, Weights, weigh

__all__ = ["Ingested", "ingest"]

LOOKED_AT = 200
"""Of how many nodes that are there already it is foreseen how far their branches grow. Mostly these are the few on the
way down to where the batch begins."""


async def ingest(work: UnitOfWork, under: UUID, lines: Sequence[NodeLine | LinkLine]) -> Ingested:
    """Adds nodes below the node `under`, parents before their children, each behind its siblings; then the links.

    A line whose id (or path, or ends) is there already is passed over, so that an import that was cut off goes on when
    it is run again. A line that can't be taken is reported, and the others are taken. Raises `NotFound` for `under`.

    It begins with the hope that all is new and fits. Where that is wrong, nothing of it stays, and each line is looked
    up before it is placed.
    """
    by = work.principal.require(Scope.WRITE)
    structure = (await writing.lock_structure_of(work.connection, [under], alone=True)).get(under)
    if structure is None:
        raise NotFound(f"There is no node {under}.")
    line, is_public = (await writing.lines(work.connection, [under]))[under]
    work.rights.require(Role.WRITE, line, f"There is no node {under}.", is_public=is_public)
    await statistics.renew(work.connection)
    nodes = [line for line in lines if isinstance(line, NodeLine)]
    placing, relabelled = await _hoped(work, under, structure, nodes) or await _taken(
        work, Placing(under, structure), nodes
    )
    linked = await join(work, placing, [line for line in lines if isinstance(line, LinkLine)], by)
    placing.done.created, placing.done.linked = len(placing.ids), len(linked)
    if placing.ids or linked:
        tops = [own for own, above in zip(placing.ids, placing.above, strict=True) if above is None]
        parents = (parent.id for parent in placing.old_parents())
        ends = (end for link in linked for end in (link.source_id, link.target_id) if placing.is_here(end))
        within = await writing.above(work.connection, structure, [*{under, *parents, *ends}])
        brought = Ingestion(placing.ids, tops, [link.id for link in linked], within)
        work.record(events.nodes_ingested(structure, under, brought, relabelled))
    return placing.done


async def _hoped(
    work: UnitOfWork, under: UUID, structure: UUID, nodes: Sequence[NodeLine]
) -> tuple[Placing, list[UUID]] | None:
    """Takes a batch in as if all of it were new; None, and nothing is written, where anything speaks against it."""
    placing = Placing(under, structure, is_hopeful=True)
    try:
        async with work.connection.transaction():
            return await _taken(work, placing, nodes)
    except (_Disappointed, asyncpg.UniqueViolationError):
        return None


async def _taken(work: UnitOfWork, placing: Placing, nodes: Sequence[NodeLine]) -> tuple[Placing, list[UUID]]:
    """Places nodes and writes the new ones; answers what that relabelled."""
    await placing.read(work, nodes)
    await placing.place(work, nodes)
    if placing.is_hopeful and (placing.done.present or placing.done.bad):
        raise _Disappointed
    return placing, await _write(work, placing) if placing.ids else []


class _Disappointed(Exception):
    """Not all of a batch is new and fits."""


async def _write(work: UnitOfWork, placing: Placing) -> list[UUID]:
    """Labels and inserts what is new, and mends the bound where it was crossed; answers what was relabelled."""
    db, structure, by = work.connection, placing.structure, work.principal.require(Scope.WRITE)
    bound = (await structures.by_id(db, [structure]))[0].bound
    weights = weigh(placing.above, bound)
    relabelled, left = await _make_room(work, placing, weights, bound)
    ids = iter(await writing.new_anchors(db, len(weights.heavy)))
    labelled = Labelled()
    labels = labelled.each(_parents(placing), placing.positions, weights.heavy, lambda: next(ids))
    await ingesting.copy_nodes(db, structure, by, _rows(placing, labels))  # labelled while the first rows are written
    await _count(work, placing, labelled)
    tops = {(p.anchor_id, p.okey.split("/", 1)[0] + "/") for p in placing.old_parents() if p.okey}
    return relabelled + await ingesting.settle(db, structure, [*sorted(tops), *left])


async def _make_room(
    work: UnitOfWork, placing: Placing, weights: Weights, bound: int
) -> tuple[list[UUID], list[tuple[int, str]]]:
    """Makes those nodes anchors whose branches would grow too large; answers what was relabelled, and by whom left.

    Without it, a batch that grows below old nodes would be written, and then a good part of it again.
    """
    gained: dict[UUID, int] = {}
    for index, above in enumerate(placing.above):
        if above is None and index not in weights.heavy:
            parent = placing.parents[index]
            gained[parent] = gained.get(parent, 0) + weights.of[index]
    growing = sorted((p for p in placing.old_parents() if p.okey), key=lambda p: len(p.okey), reverse=True)
    if not growing or len(growing) > LOOKED_AT:
        return [], []
    places = [(p.anchor_id, p.okey) for p in growing]
    counts = await ingesting.local_counts(work.connection, placing.structure, places, 4 * bound)
    grown = Grown(bound)
    crowded = [
        place
        for (place, p, nodes) in zip(places, growing, counts, strict=True)
        if grown.is_too_large(*place, nodes, gained.get(p.id, 0))
    ]
    relabelled: list[UUID] = []
    for anchor, okey in crowded:
        relabelled += await ingesting.promote(work.connection, placing.structure, anchor, okey)
    if crowded:
        await placing.reread(work, [p.id for p in growing])
    return relabelled, sorted({(anchor, "") for anchor, _ in crowded})


def _parents(placing: Placing) -> Iterator[int | Label]:
    for above, parent in zip(placing.above, placing.parents, strict=True):
        if above is None:
            there = placing.there[parent]
            yield Label(there.anchor_id, there.okey, there.gpath)
        else:
            yield above


def _rows(placing: Placing, labels: Iterator[Label]) -> Iterator[ingesting.Row]:
    new = zip(placing.ids, placing.parents, placing.positions, labels, placing.lines, placing.slugs, strict=True)
    for own, parent, pos, at, line, slug in new:
        yield ingesting.Row(own, parent, pos, at.anchor, at.okey, line.kind, line.name, slug, line.properties)


async def _count(work: UnitOfWork, placing: Placing, labelled: Labelled) -> None:
    born: list[ingesting.NewAnchor] = []
    for index in labelled.anchors:
        at = labelled.labels[index]
        grown = labelled.grown.pop(at.anchor)
        born.append(ingesting.NewAnchor(at.anchor, placing.ids[index], grown.gained, grown.deep, at.base))
    await ingesting.insert_anchors(work.connection, placing.structure, born)
    counted = sorted((anchor, grown.gained, grown.deep) for anchor, grown in labelled.grown.items())
    await ingesting.grow(work.connection, placing.structure, counted)
