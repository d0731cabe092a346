"""Move a node with its branch."""

from __future__ import annotations

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Conflict, Cycle
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.limits import DEPTH, check_depth
from mediaclay_structure.operations.commands import MoveNode
from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.operations.places import Spot, hold, key_at
from mediaclay_structure.operations.update_node import expect
from mediaclay_structure.records import BranchLabel, NodeRecord
from mediaclay_structure.store import writing
from mediaclay_structure.tree.order import Place


async def move_node(work: UnitOfWork, command: MoveNode) -> NodeRecord:
    """The node at its new place. Raises `NotFound`, `Cycle`, `Conflict`, `BadUserInput`, `LimitExceeded`."""
    by = work.principal.require(Scope.WRITE)
    (before, mine, line), (parent, target, above) = await hold(work, command.id, command.parent, alone=True)
    expect(before, command.expected_version)
    if before.parent_id is None:
        raise BadUserInput("The root of a structure can't be moved.")
    if target.full_key.startswith(mine.full_key):
        raise Cycle
    await check_depth_below(work, mine, target)
    await _check_slug_free(work, before, parent)
    if parent.id != before.parent_id:
        kinds = await Kinds.of(work.connection, parent.structure_id, [parent.kind])
        kinds.check_child(parent.kind, before.kind)
    spot = await _key(work, before, parent, command.place)
    relabelled = await writing.move(work.connection, before, parent.id, spot.pos)
    after, below = await writing.touch_branch(work.connection, before, by)
    work.record(events.node_moved(before, after, [*line, *above], below + 1, [*spot.relabelled, *relabelled]))
    return after


async def _key(work: UnitOfWork, node: NodeRecord, parent: NodeRecord, place: Place) -> Spot:
    if place.sibling == node.id:
        raise BadUserInput("A node can't be placed beside itself.")
    return await key_at(work, parent, place, alone=True)


async def _check_slug_free(work: UnitOfWork, node: NodeRecord, parent: NodeRecord) -> None:
    if parent.id == node.parent_id:
        return
    if await writing.slugs_taken(work.connection, node.structure_id, [(parent.id, node.slug)]):
        raise Conflict(f"The new parent has a child with the slug {node.slug!r} already.")


async def check_depth_below(work: UnitOfWork, mine: BranchLabel, target: BranchLabel) -> None:
    """Raises `LimitExceeded` where the branch of `mine` would reach too deep below `target`."""
    added = target.full_key.count("/") - mine.full_key.count("/")
    if await writing.levels_bound(work.connection, mine) + added > DEPTH:  # perhaps; then it is worth a closer look
        check_depth(await writing.levels_below(work.connection, mine) + added)
