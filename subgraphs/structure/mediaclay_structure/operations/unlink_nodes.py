"""Remove a link."""

from __future__ import annotations

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import NotFound
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.operations.commands import UnlinkNodes
from mediaclay_structure.operations.places import hold
from mediaclay_structure.records import LinkRecord
from mediaclay_structure.store import links


async def unlink_nodes(work: UnitOfWork, command: UnlinkNodes) -> LinkRecord:
    """The link that is gone. Raises `NotFound` for one that is not there, or of which an end is pruned or not to be read."""
    work.principal.require(Scope.WRITE)
    link = await links.by_id(work.connection, command.id)
    if link is None:
        raise _missing(command)
    try:
        ends = await hold(work, link.source_id, link.target_id, alone=False, roles=(Role.WRITE, Role.READ))
    except NotFound:
        raise _missing(command) from None
    gone = await links.delete(work.connection, link)
    if gone is None:
        raise _missing(command)
    work.record(events.nodes_unlinked(gone, [above for end in ends for above in end.line]))
    return gone


def _missing(command: UnlinkNodes) -> NotFound:
    return NotFound(f"There is no link {command.id}.")
