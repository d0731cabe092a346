"""Take a grant back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import NotFound
from mediaclay_kernel.rights import Role

from mediaclay_identity import events
from mediaclay_identity.operations.caller import lock_caller
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.rights import rights_in
from mediaclay_identity.store import grants


@dataclass(frozen=True, slots=True)
class RevokeAccess:
    """A grant; `line_of` tells the ids from the root down to a node, and raises `NotFound` for one that is hidden."""

    grant: UUID
    line_of: Callable[[UUID], Awaitable[Sequence[UUID]]]


async def revoke_access(work: UnitOfWork, command: RevokeAccess) -> bool:
    """Whether the grant was still there.

    Raises `Unauthenticated`; `NotFound` for a grant that is not there, or on a node that the caller may not read;
    `Forbidden` unless the caller has MANAGE on the node, or is an administrator: those also revoke what is on nodes that
    are gone.
    """
    caller = await lock_caller(work)
    missing = f"There is no grant {command.grant}."
    found = await grants.lock(work.connection, command.grant)
    if found is None:
        raise NotFound(missing)
    rights = await rights_in(work.connection, work.principal)
    if not rights.is_all:
        try:
            line = await command.line_of(found.node)
        except NotFound:
            raise NotFound(missing) from None
        rights.require(Role.MANAGE, line, missing, is_public=True)
    if found.revoked_at is not None:
        return False
    work.record(events.access_revoked(await grants.revoke(work.connection, found.id, caller.id)))
    said = {"grant": str(found.id), "node": str(found.node), "role": found.role.name}
    await note(work.connection, "ACCESS_REVOKED", work.principal, subject=found.principal, details=said)
    return True
