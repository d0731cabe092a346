"""Delete what was pruned long enough ago, for good."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.principal import Principal, PrincipalType

from mediaclay_structure import events
from mediaclay_structure.records import PrunedRecord
from mediaclay_structure.store import branches, nodes, pruning, structures, writing

BATCH = 2_000
"""Nodes that are deleted in one transaction, during which the structure can't be written to: some 50 ms."""


async def purge_next(work: UnitOfWork, keep: float) -> bool:
    """One step of deleting a branch that was pruned more than `keep` seconds ago; whether there was one.

    The first step ends the time in which it can be restored, the last one tells the changelog. Each leaves a whole
    tree behind, so it may end anywhere.
    """
    found = await pruning.next_to_purge(work.connection, keep)
    if found is None:
        return False
    await writing.lock_structure(work.connection, found.structure_id, alone=True)
    branch = await pruning.find(work.connection, found.structure_id, found.node_id)
    if branch is None:
        return True  # restored, or purged by another process, while we waited
    if branch.purging is None:
        await _begin(work, branch)
    elif branch.purged_at is None:
        await _go_on(work, branch)
    return True


async def _begin(work: UnitOfWork, branch: PrunedRecord) -> None:
    [top] = await nodes.even_pruned(work.connection, [branch.node_id])
    size = (await branches.counts(work.connection, [top]))[top.id] + 1
    await pruning.begin_purge(work.connection, branch, size)


async def _go_on(work: UnitOfWork, branch: PrunedRecord) -> None:
    gone = await pruning.purge_some(work.connection, branch, BATCH)
    if branch.node_id in gone:
        await _finish(work, branch, gone)


async def _finish(work: UnitOfWork, branch: PrunedRecord, gone: list[UUID]) -> None:
    purged = await pruning.finish_purge(work.connection, branch)
    if await structures.by_id(work.connection, [branch.structure_id]):
        work.principal = Principal(branch.pruned_by, PrincipalType.SERVICE)
        work.record(events.branch_purged(branch, purged, gone))
    else:
        await structures.forget_purged(work.connection, branch.structure_id)
