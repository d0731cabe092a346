"""Delete a structure."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import NotFound
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.operations.places import require_of_structure
from mediaclay_structure.operations.trash import throw
from mediaclay_structure.store import structures, writing


async def delete_structure(work: UnitOfWork, structure: UUID) -> None:
    """A structure is gone at once, with all its nodes; its rows are deleted in the background. There is no way back.

    Needs MANAGE on its root. Raises `NotFound`, `Forbidden`.
    """
    by = work.principal.require(Scope.WRITE)
    await writing.lock_structure(work.connection, structure, alone=True)
    found = await structures.by_id(work.connection, [structure])
    if not found:
        raise NotFound(f"There is no structure {structure}.")
    require_of_structure(work, found[0], Role.MANAGE)
    root = (await writing.lock_nodes(work.connection, [found[0].root_id]))[found[0].root_id]
    await throw(work, root, by)
    await structures.delete_structure(work.connection, structure)
    work.record(events.structure_deleted(root))
