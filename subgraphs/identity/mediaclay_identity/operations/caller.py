"""The caller of an operation, as the database knows it, locked together with whom it acts upon."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import Forbidden, NotFound, Unauthenticated
from mediaclay_kernel.principal import Scope

from mediaclay_identity.records import PrincipalRecord
from mediaclay_identity.store import principals


async def lock_caller(work: UnitOfWork) -> PrincipalRecord:
    """The caller. Raises `Unauthenticated`, or `Forbidden` where it may not write or is disabled."""
    return _caller(work, await principals.lock(work.connection, [work.principal.require(Scope.WRITE)]))


async def lock_subject(work: UnitOfWork, subject: UUID) -> PrincipalRecord:
    """The principal acted upon: an agent that the caller answers for, or anyone for callers with clay.admin.

    Raises `Unauthenticated`, `Forbidden` and `NotFound`.
    """
    admin = Scope.ADMIN in work.principal.scopes
    caller = work.principal.require(Scope.ADMIN if admin else Scope.WRITE)
    found = await principals.lock(work.connection, [caller, subject])
    _caller(work, found)
    record = found.get(subject)
    if record is None:
        raise NotFound("There is no principal of that id.")
    if not admin and record.owner != caller:
        raise Forbidden("Only who answers for an agent, or an administrator, may do this.")
    return record


def _caller(work: UnitOfWork, found: dict[UUID, PrincipalRecord]) -> PrincipalRecord:
    record = None if work.principal.id is None else found.get(work.principal.id)
    if record is None:
        raise Unauthenticated("The access token names nobody who is registered here.")
    if record.disabled_at is not None:  # its last token may still be good for minutes
        raise Forbidden("You are disabled.")
    return record
