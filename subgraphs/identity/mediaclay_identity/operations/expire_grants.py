"""Tell of grants whose time is over. They are of no use from that moment on, told or not."""

from __future__ import annotations

from mediaclay_kernel.changelog import UnitOfWork

from mediaclay_identity import events
from mediaclay_identity.store import grants

AT_ONCE = 500


async def expire_grants(work: UnitOfWork) -> int:
    """How many were told of."""
    found = await grants.take_expired(work.connection, AT_ONCE)
    for grant in found:
        work.record(events.access_expired(grant))
    return len(found)
