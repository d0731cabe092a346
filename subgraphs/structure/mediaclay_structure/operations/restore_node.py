"""Restore a pruned node with its branch."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Conflict, NotFound
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.operations.commands import RestoreNode
from mediaclay_structure.operations.kind_fits import check_kinds_set_since
from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.operations.move_node import check_depth_below
from mediaclay_structure.operations.places import hold, key_near, slug_near
from mediaclay_structure.records import Held, NodeRecord, PrunedRecord
from mediaclay_structure.store import nodes, pruning, structures, writing


async def restore_node(work: UnitOfWork, command: RestoreNode) -> NodeRecord:
    """The top of a pruned branch, back where it was or, if said, as the last child of another parent.

    Where a sibling has taken its slug meanwhile it gets a numbered one. Raises `NotFound`, `Conflict`, `LimitExceeded`,
    and `BadUserInput` where its nodes don't fit a kind that was set meanwhile.
    """
    by = work.principal.require(Scope.WRITE)
    branch = await _pruned(work, command.id)
    await _require(work, branch)
    parent, label, line = await _parent(work, branch, command.parent)
    mine = (await nodes.labels(work.connection, [branch.node_id], even_pruned=True))[branch.node_id]
    await check_depth_below(work, mine, label)
    [before] = (await writing.lock_nodes(work.connection, [branch.node_id], even_pruned=True)).values()
    (await Kinds.of(work.connection, parent.structure_id, [parent.kind])).check_child(parent.kind, before.kind)
    slug = await slug_near(work, parent, branch.slug)
    spot = await key_near(work, parent, branch.pos if parent.id == branch.parent_id else None)
    await pruning.forget(work.connection, branch.structure_id, branch.node_id)
    relabelled = await writing.move(work.connection, before, parent.id, spot.pos)
    await writing.rename(work.connection, before, before.name, slug)
    after, below = await writing.touch_branch(work.connection, before, by)
    await check_kinds_set_since(work, branch.structure_id, branch.pruned_at)
    work.record(events.branch_restored(after, [after.id, *line], below + 1, [*spot.relabelled, *relabelled]))
    return after


async def _require(work: UnitOfWork, branch: PrunedRecord) -> None:
    """The caller must have WRITE where the branch was, or on its top. Raises `NotFound`, `Forbidden`."""
    line: list[UUID] = []
    is_public = False
    at: PrunedRecord | None = branch
    while at is not None:  # where it was may be pruned, too, together with more of what was above
        line.append(at.node_id)
        above, is_public = (await writing.lines(work.connection, [at.parent_id])).get(at.parent_id, ([], is_public))
        line += above
        tops = [each for each in above if each != at.node_id]
        at = await pruning.find(work.connection, at.structure_id, tops[-2]) if len(tops) > 1 else None
    work.rights.require(Role.WRITE, line, _no_branch(branch.node_id), is_public=is_public)


def _no_branch(top: UUID) -> str:
    return f"No pruned branch begins with a node {top}."


async def _pruned(work: UnitOfWork, top: UUID) -> PrunedRecord:
    structure = (await writing.lock_structure_of(work.connection, [top], alone=True)).get(top)
    branch = None
    if structure is not None and await structures.by_id(work.connection, [structure]):
        branch = await pruning.find(work.connection, structure, top)
    if branch is None or branch.purging is not None:
        raise NotFound(_no_branch(top))
    return branch


async def _parent(work: UnitOfWork, branch: PrunedRecord, wanted: UUID | None) -> Held:
    if wanted is not None:
        [parent] = await hold(work, wanted, alone=True)
        if parent.node.structure_id != branch.structure_id:
            raise BadUserInput("The nodes belong to different structures.")
        return parent
    found = await writing.hold(work.connection, [branch.parent_id])
    if not found:
        raise Conflict("The parent that it had is pruned, too: restore that one first, or say where it is to go.")
    return found[branch.parent_id]
