"""Grant a role on a node and all below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from mediaclay_kernel.access import Holder
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, NotFound
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.rights import Role

from mediaclay_identity import events
from mediaclay_identity.operations.caller import lock_caller
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.rights import rights_in
from mediaclay_identity.records import GrantRecord, NewGrant
from mediaclay_identity.store import grants, principals


@dataclass(frozen=True, slots=True)
class GrantAccess:
    """A role for a principal on a node. `line` are the ids from the root down to the node."""

    principal: UUID
    node: UUID
    role: Role
    expires_at: datetime | None
    line: Sequence[UUID]


async def grant_access(work: UnitOfWork, command: GrantAccess) -> GrantRecord:
    """The grant; a repeat is answered with the first one.

    Raises `Unauthenticated`; `Forbidden` unless the caller has MANAGE on the node; `NotFound` for the principal;
    `BadUserInput` for an end that is over.
    """
    caller = await lock_caller(work)
    rights = await rights_in(work.connection, work.principal)
    # The node was found in the caller's name, so it may read it, if only since that is public.
    rights.require(Role.MANAGE, command.line, f"There is no node {command.node}.", is_public=True)
    end = command.expires_at
    if end is not None and (end.replace(tzinfo=UTC) if end.tzinfo is None else end) <= datetime.now(UTC):
        raise BadUserInput("expiresAt is over already.")
    if end is not None and end.tzinfo is None:
        raise BadUserInput("expiresAt needs a time zone, such as Z.")
    if not await principals.by_id(work.connection, [command.principal]):
        raise NotFound("There is no principal of that id.")
    return await _granted(work, NewGrant(new_id(), command.principal, command.node, command.role, end, caller.id))


@dataclass(frozen=True, slots=True)
class GiveAccess:
    """What our own services grant in somebody's name: new nodes to those who made them."""

    holders: Sequence[Holder]
    by: UUID


async def give_access(work: UnitOfWork, command: GiveAccess) -> None:
    """Grants what is not granted yet. Raises `NotFound` for principals that are not known."""
    wanted = {command.by, *(holder.principal for holder in command.holders)}
    if len(await principals.by_id(work.connection, list(wanted))) < len(wanted):
        raise NotFound("There is no principal of that id.")
    for principal, node, role in command.holders:
        await _granted(work, NewGrant(new_id(), principal, node, role, None, command.by))


async def _granted(work: UnitOfWork, wanted: NewGrant) -> GrantRecord:
    await principals.lock(work.connection, [wanted.principal])  # of two equal requests one comes second
    same = await grants.same(work.connection, wanted)
    if same is not None:
        return same
    made = await grants.add(work.connection, wanted)
    work.record(events.access_granted(made))
    said = {"grant": str(made.id), "node": str(made.node), "role": made.role.name}
    await note(work.connection, "ACCESS_GRANTED", work.principal, subject=made.principal, details=said)
    return made
