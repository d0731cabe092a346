"""Let anybody read a structure, or not any more."""

from __future__ import annotations

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import NotFound
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.operations.commands import SetPublic
from mediaclay_structure.operations.places import require_of_structure
from mediaclay_structure.store import structures, writing


async def set_public(work: UnitOfWork, command: SetPublic) -> None:
    """What is so already changes nothing. Needs MANAGE on the root. Raises `NotFound`, `Forbidden`."""
    work.principal.require(Scope.WRITE)
    await writing.lock_structure(work.connection, command.structure, alone=True)
    found = await structures.by_id(work.connection, [command.structure])
    if not found:
        raise NotFound(f"There is no structure {command.structure}.")
    require_of_structure(work, found[0], Role.MANAGE)
    if found[0].is_public != command.is_public:
        await structures.set_public(work.connection, command.structure, command.is_public)
        work.record(events.visibility_set(found[0].root_id, command.structure, command.is_public))
