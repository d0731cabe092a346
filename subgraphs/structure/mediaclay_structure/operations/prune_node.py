"""Prune a node with its branch."""

from __future__ import annotations

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.operations.commands import PruneNode
from mediaclay_structure.operations.places import hold
from mediaclay_structure.operations.trash import throw
from mediaclay_structure.operations.update_node import expect
from mediaclay_structure.store import branches


async def prune_node(work: UnitOfWork, command: PruneNode) -> None:
    """Takes a branch away, whatever its size, by a move below the trash. It is deleted for good later.

    Raises `NotFound`, `Conflict`, `BadUserInput`.
    """
    by = work.principal.require(Scope.WRITE)
    [(before, _, line)] = await hold(work, command.id, alone=True)
    expect(before, command.expected_version)
    if before.parent_id is None:
        raise BadUserInput("The root of a structure can't be pruned; delete the structure.")
    size = (await branches.counts(work.connection, [before]))[before.id] + 1
    work.record(events.branch_pruned(before, line, size, await throw(work, before, by)))
