"""A branch as the fragments that it covers: what other subgraphs filter by."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import reachable

from mediaclay_structure.records import BranchScope, KeyRange
from mediaclay_structure.state import Request
from mediaclay_structure.store import branches, fragments, nodes, pruning
from mediaclay_structure.tree.segments import end_of

MOST = 1_000_000


async def of_branch(at: Request, top: UUID) -> BranchScope | None:
    """The fragments below a node as of one revision, None where it is unknown."""
    at.require_read()
    async with at.state.database.transaction("repeatable_read", readonly=True) as db:
        label = (await nodes.labels(db, [top])).get(top)
        if label is None:
            return None
        revision = await db.fetchval("SELECT revision FROM changelog_head WHERE stream = $1", label.structure_id)
        beneath = await branches.anchors_beneath(db, label, label.full_key, MOST)
    anchors = [anchor.id for anchor in beneath]
    if label.okey == "":
        return BranchScope(label.structure_id, revision, [label.anchor_id, *anchors], [])
    own = KeyRange(label.anchor_id, label.okey, end_of(label.okey))
    return BranchScope(label.structure_id, revision, anchors, [own])


async def pruned(at: Request) -> list[int]:
    """The fragments of all structures whose nodes are pruned, or were purged lately."""
    at.require_read()
    async with reachable():
        pool = at.state.database.pool
        return sorted({*await pruning.fragments(pool), *await fragments.pinned_and_pruned(pool)})
