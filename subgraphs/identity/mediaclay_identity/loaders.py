"""One batch function for each way to principals, answering in the order of its keys."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from mediaclay_kernel.database import Database, reachable
from mediaclay_kernel.loading import in_order
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity.records import PrincipalPage, PrincipalRecord
from mediaclay_identity.store import principals


async def principals_by_id(database: Database, ids: Sequence[UUID]) -> list[PrincipalRecord | None]:
    """A principal or None for each id."""
    if not ids:
        return []
    async with reachable():
        found = await principals.by_id(database.pool, list(dict.fromkeys(ids)))
    return in_order(found, attrgetter("id"), ids)


async def principals_after(
    database: Database, kind: PrincipalType | None, first: int, after: UUID | None
) -> PrincipalPage:
    """The first so many of one type, or of all, that follow `after`."""
    async with reachable():
        found = await principals.page(database.pool, kind, after, first + 1)
    # Principals are never deleted, so whoever the cursor names still stands before.
    return PrincipalPage(kind, found[:first], before=after is not None, behind=len(found) > first)


async def counts_by_type(database: Database, kinds: Sequence[PrincipalType | None]) -> list[int]:
    """How many principals there are of each type; None means of all."""
    async with reachable():
        counts = await principals.counts(database.pool)
    return [sum(counts.values()) if kind is None else counts.get(kind, 0) for kind in kinds]
