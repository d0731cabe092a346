"""A principal may not act any more: it gets no token, and those it has are refused from the next request on."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import Conflict

from mediaclay_identity import events
from mediaclay_identity.operations.caller import lock_subject
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.standing import end_for_ever, with_agents
from mediaclay_identity.records import PrincipalRecord
from mediaclay_identity.store import principals


async def disable_principal(work: UnitOfWork, subject: UUID) -> PrincipalRecord:
    """The principal, disabled; repeating it changes nothing. Agents of a disabled human may not act either.

    Raises `Unauthenticated`, `Forbidden`, `NotFound`, and `Conflict` for what the instance made for itself.
    """
    record = await lock_subject(work, subject)
    if record.built_in is not None:
        # Nobody could enable them again: there would be no administrator left, or no search.
        raise Conflict(f"The instance needs its own {record.built_in}.")
    if record.disabled_at is not None:
        return record
    [disabled] = await principals.disable(work.connection, [record.id])
    work.record(events.principal_disabled(disabled))
    await end_for_ever(work, await with_agents(work, disabled.id))
    await note(work.connection, "PRINCIPAL_DISABLED", work.principal, subject=disabled.id)
    return disabled
