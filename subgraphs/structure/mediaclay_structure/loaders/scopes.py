"""A branch as the fragments that it covers: what other subgraphs filter by."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection, reachable

from mediaclay_structure.loaders.guarding import guard_of
from mediaclay_structure.records import BranchLabel, BranchScope, KeyRange
from mediaclay_structure.state import Request
from mediaclay_structure.store import branches, fragments, guards, nodes, pruning, structures
from mediaclay_structure.tree.reach import reach_of
from mediaclay_structure.tree.segments import end_of

MOST = 1_000_000


async def of_branch(at: Request, top: UUID) -> BranchScope | None:
    """The fragments below a node as of one revision, None where it is unknown or may not be read."""
    guard = await guard_of(at)
    async with at.state.database.transaction("repeatable_read", readonly=True) as db:
        label = (await nodes.labels(db, [top])).get(top)
        if label is None or (guard is not None and top not in await guards.seen(db, [top], guard)):
            return None
        return await _scope(db, label.structure_id, [label])


async def readable(at: Request) -> list[BranchScope] | None:
    """What the caller may read, by structure as of one moment; None for everything.

    Of a structure that may be read as a whole, no fragments are named.
    """
    guard = await guard_of(at)
    if guard is None:
        return None
    async with at.state.database.transaction("repeatable_read", readonly=True) as db:
        whole = await guards.public(db)
        tops = reach_of(guard.holders, await guards.places(db, guard))
        roots = {each.id: each.root_id for each in await structures.by_id(db, list(tops))}
        whole |= {structure for structure, own in tops.items() if [label.id for label in own] == [roots.get(structure)]}
        heads = await _revisions(db, [*(whole | tops.keys())])
        found = [BranchScope(each, heads[each], [], [], True) for each in sorted(whole)]
        return found + [await _scope(db, each, own) for each, own in tops.items() if each not in whole]


async def _scope(db: Connection, structure: UUID, tops: Sequence[BranchLabel]) -> BranchScope:
    """Branches of one structure, none of which lies in another one."""
    revision = (await _revisions(db, [structure]))[structure]
    anchors: list[int] = []
    ranges: list[KeyRange] = []
    for label in tops:
        beneath = await branches.anchors_beneath(db, label, label.full_key, MOST)
        if label.okey == "":
            anchors.append(label.anchor_id)
        else:
            ranges.append(KeyRange(label.anchor_id, label.okey, end_of(label.okey)))
        anchors += [anchor.id for anchor in beneath]
    return BranchScope(structure, revision, anchors, ranges)


async def _revisions(db: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    return {each.id: each.revision for each in await structures.by_id(db, ids)}


async def pruned(at: Request) -> list[int]:
    """The fragments of all structures whose nodes are pruned, or were purged lately."""
    at.require_read()
    async with reachable():
        pool = at.state.database.pool
        return sorted({*await pruning.fragments(pool), *await fragments.pinned_and_pruned(pool)})
