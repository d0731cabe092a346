"""What the caller of an operation may do on a node, by the grants as they are now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.rights import FOR_EVER, Grant, Held, Rights, rights_by_scope, rights_of

from mediaclay_identity.records import GrantRecord
from mediaclay_identity.store import grants


async def rights_in(db: Connection, principal: Principal) -> Rights:
    """The rights of a caller."""
    by_scope = rights_by_scope(principal)
    if by_scope is not None or principal.id is None:
        return by_scope or Rights()
    chain = (principal.id, *principal.actors)
    found = await held_by(db, chain)
    return rights_of(principal, [Held(found[each]) for each in chain], time.time())


async def held_by(db: Connection, principals: Sequence[UUID]) -> dict[UUID, list[Grant]]:
    """The grants of these as other processes want them."""
    found: dict[UUID, list[Grant]] = {each: [] for each in principals}
    for record in await grants.of(db, principals):
        found[record.principal].append(shown(record))
    return found


def shown(record: GrantRecord) -> Grant:
    """A grant without its history."""
    until = FOR_EVER if record.expires_at is None else record.expires_at.timestamp()
    return Grant(record.node, record.role, until)
