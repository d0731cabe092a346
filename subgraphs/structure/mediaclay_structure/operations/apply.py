"""Apply many operations at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, ClayError, Conflict, LimitExceeded, NotFound
from mediaclay_kernel.principal import Scope

from mediaclay_structure.limits import OPERATIONS
from mediaclay_structure.operations import commands
from mediaclay_structure.operations.clone_node import clone_node
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.operations.link_nodes import link_nodes
from mediaclay_structure.operations.move_node import move_node
from mediaclay_structure.operations.prune_node import prune_node
from mediaclay_structure.operations.repeats import digest_of
from mediaclay_structure.operations.restore_node import restore_node
from mediaclay_structure.operations.unlink_nodes import unlink_nodes
from mediaclay_structure.operations.update_node import update_node
from mediaclay_structure.records import StructureRecord
from mediaclay_structure.store import guards, history, structures, writing
from mediaclay_structure.store.guards import Guard
from mediaclay_structure.tree.reach import reach_of


def _create(work: UnitOfWork, command: commands.CreateNode) -> Awaitable[object]:
    return create_node(work, command, alone=True)


_DO: dict[type, Callable[[UnitOfWork, Any], Awaitable[object]]] = {
    commands.CreateNode: _create,
    commands.UpdateNode: update_node,
    commands.MoveNode: move_node,
    commands.CloneNode: clone_node,
    commands.PruneNode: prune_node,
    commands.RestoreNode: restore_node,
    commands.LinkNodes: link_nodes,
    commands.UnlinkNodes: unlink_nodes,
}


async def apply(work: UnitOfWork, command: commands.Apply) -> None:
    """All of the operations in their order, or none. Each is a change of its own, and their revisions follow one another.

    Later operations may name nodes that earlier ones made by client-chosen ids. A repeat of the same request that holds
    such an id is answered with the first result. Raises what the operations raise, with the number (from 0) of the
    `operation`, and `Conflict` where the structure is at another revision than the expected one.
    """
    work.principal.require(Scope.WRITE)
    _check_size(command)
    await writing.lock_structure(work.connection, command.structure, alone=True)
    found = await structures.by_id(work.connection, [command.structure])
    if not found:
        raise NotFound(f"There is no structure {command.structure}.")
    if not work.rights.is_all and not found[0].is_public and not await _sees_some(work, command.structure):
        raise NotFound(f"There is no structure {command.structure}.")
    digest = digest_of(*([type(each).__name__, each] for each in command.operations))
    if await _repeated(work, command, digest):
        return
    _expect(found[0], command.expected_revision)
    for number, each in enumerate(command.operations):
        await _do(work, command.structure, number, each)
    _number(work, digest)


async def _sees_some(work: UnitOfWork, structure: UUID) -> bool:
    """Whether the caller may read anything in the structure."""
    guard = Guard.of(work.rights)
    return guard is None or structure in reach_of(guard.holders, await guards.places(work.connection, guard))


def _check_size(command: commands.Apply) -> None:
    count = len(command.operations)
    if count == 0:
        raise BadUserInput("Give at least one operation.")
    if count > OPERATIONS:
        raise LimitExceeded(f"At most {OPERATIONS:,} operations at once; these are {count:,}.", limit=OPERATIONS)


async def _repeated(work: UnitOfWork, command: commands.Apply, digest: str) -> bool:
    """Whether this very request was applied before; then its changes are those of the work."""
    chosen = next(filter(None, map(_chosen_id, command.operations)), None)
    first = chosen and await history.creation(work.connection, command.structure, chosen)
    told = first and first.details.get("apply")
    if not first or not told or told["digest"] != digest:
        return False
    before = first.revision - told["index"] - 1
    work.changes += await history.after(work.connection, [command.structure], before, told["of"])
    return True


def _chosen_id(command: commands.NodeCommand) -> UUID | None:
    match command:
        case commands.CreateNode():
            return command.id
        case commands.CloneNode():
            return command.new_id
        case _:
            return None


def _expect(structure: StructureRecord, revision: int | None) -> None:
    if revision is not None and structure.revision != revision:
        raise Conflict(
            f"The structure is at revision {structure.revision}, not {revision}.", currentRevision=structure.revision
        )


async def _do(work: UnitOfWork, structure: UUID, number: int, command: commands.NodeCommand) -> None:
    recorded = len(work.events)
    try:
        await _DO[type(command)](work, command)
        if any(event.stream != structure for event in work.events[recorded:]):
            raise BadUserInput("The operation names a node of another structure.")
    except ClayError as error:
        error.details["operation"] = number
        raise


def _number(work: UnitOfWork, digest: str) -> None:
    """Each change tells which one of how many it is, and of which request."""
    count = len(work.events)
    work.events[:] = [
        replace(event, details={**event.details, "apply": {"digest": digest, "index": index, "of": count}})
        for index, event in enumerate(work.events)
    ]
