"""Link two nodes."""

from __future__ import annotations

from datetime import UTC, datetime

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import Conflict
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.limits import check_kind, check_properties
from mediaclay_structure.operations.commands import LinkNodes
from mediaclay_structure.operations.places import hold
from mediaclay_structure.records import LinkRecord
from mediaclay_structure.store import links


async def link_nodes(work: UnitOfWork, command: LinkNodes) -> LinkRecord:
    """A new link. It may lead to its own source, as in a graph of states.

    There is one link of a kind from a source to a target: a repeat with the same properties is answered with it, and
    changes nothing. Raises `NotFound`, `Conflict` for a repeat with others, `BadUserInput`, `LimitExceeded`.
    """
    by = work.principal.require(Scope.WRITE)
    kind = check_kind(command.kind)
    properties = check_properties({} if command.properties is None else command.properties)
    # Both ends stay locked, so that neither is taken away meanwhile, and of two equal requests one comes second.
    (source, _, line), (target, _, other) = await hold(
        work, command.source, command.target, alone=False, roles=(Role.WRITE, Role.READ)
    )
    wanted = LinkRecord(
        source.structure_id, new_id(), kind, source.id, target.id, properties, datetime.now(UTC), by
    )  # fmt: skip
    if known := await links.between(work.connection, wanted):
        return await _repeated(work, *known)
    [link] = await links.insert(work.connection, wanted.structure_id, [wanted], by)
    work.record(events.nodes_linked(link, [*line, *other]))
    return link


async def _repeated(work: UnitOfWork, link: LinkRecord, is_same: bool) -> LinkRecord:
    if not is_same:
        raise Conflict(f"A link of the kind {link.kind!r} is there already, with other properties.", link=str(link.id))
    first = await links.linking(work.connection, link)
    if first is None:
        raise Conflict(f"A link of the kind {link.kind!r} is there already; it came with others.", link=str(link.id))
    work.changes.append(first)
    return link
