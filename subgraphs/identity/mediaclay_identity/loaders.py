"""One batch function for each way to principals, answering in the order of its keys."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from mediaclay_kernel.database import Database, reachable
from mediaclay_kernel.loading import grouped, in_order
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity.records import AuditPage, GrantRecord, PrincipalPage, PrincipalRecord
from mediaclay_identity.store import audit, grants, principals


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


async def grants_by_id(database: Database, ids: Sequence[UUID]) -> list[GrantRecord | None]:
    """A grant or None for each id."""
    async with reachable():
        found = await grants.by_id(database.pool, ids)
    return in_order(found, attrgetter("id"), ids)


async def grants_of(database: Database, holders: Sequence[UUID]) -> list[list[GrantRecord]]:
    """What was granted to each, oldest first."""
    async with reachable():
        found = await grants.of(database.pool, holders)
    return grouped(found, attrgetter("principal"), holders)


async def grants_on(database: Database, lines: Sequence[Sequence[UUID]]) -> list[list[GrantRecord]]:
    """The grants on all nodes of each line, in its order."""
    async with reachable():
        found = await grants.on(database.pool, list({node for line in lines for node in line}))
    by_node: dict[UUID, list[GrantRecord]] = {}
    for grant in found:
        by_node.setdefault(grant.node, []).append(grant)
    return [[grant for node in line for grant in by_node.get(node, ())] for line in lines]


async def principals_by_id_or_none(database: Database, ids: Sequence[UUID | None]) -> list[PrincipalRecord | None]:
    """A principal or None for each id, None among them."""
    found = iter(await principals_by_id(database, [each for each in ids if each is not None]))
    return [None if each is None else next(found) for each in ids]


async def audit_after(
    database: Database, type: str | None, who: UUID | None, first: int, after: UUID | None
) -> AuditPage:
    """The first so many events, newest first, that follow `after`; of one type, and of what one principal has to do with."""
    async with reachable():
        found = await audit.page(database.pool, type, who, after, first + 1)
    return AuditPage(type, who, found[:first], before=after is not None, behind=len(found) > first)


async def audit_count(database: Database, page: AuditPage) -> int:
    """How many there are in the list that a page is of."""
    async with reachable():
        return await audit.count(database.pool, page.type, page.principal)
