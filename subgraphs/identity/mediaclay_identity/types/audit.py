"""The audit, for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_kernel.ids import decode_cursor, parse_id
from mediaclay_kernel.plan import column, path, shows
from mediaclay_kernel.principal import Scope
from strawberry.scalars import JSON

from mediaclay_identity import loaders
from mediaclay_identity.records import AuditPage, AuditRecord
from mediaclay_identity.types.page import PageInfo, cursor, info, itself
from mediaclay_identity.types.principal import Principal, Request

LONGEST_PAGE = 1000
USUAL_PAGE = 20


async def events(
    context: Request,
    *,
    type: str | None = None,
    principal: strawberry.ID | None = None,
    first: Annotated[int | None, strawberry.argument(description=f"At most {LONGEST_PAGE}.")] = USUAL_PAGE,
    after: str | None = None,
) -> AuditPage:
    """A page, newest first. Raises `Unauthenticated`, `Forbidden`, `LimitExceeded`, `BadUserInput`."""
    context.principal.require(Scope.ADMIN)
    first = USUAL_PAGE if first is None else first
    if first < 0:
        raise BadUserInput("first must not be negative.")
    if first > LONGEST_PAGE:
        raise LimitExceeded(f"A page has at most {LONGEST_PAGE} events.", limit=LONGEST_PAGE)
    who = None if principal is None else parse_id(principal, "principal")
    place = None if after is None else parse_id(decode_cursor(after, str)[0], "after")
    return await loaders.audit_after(context.state.database, type, who, first, place)


async def principals(context: Request, records: Sequence[AuditRecord]) -> list[Any]:
    """Who acted in each."""
    return await loaders.principals_by_id_or_none(context.state.database, [each.principal for each in records])


async def subjects(context: Request, records: Sequence[AuditRecord]) -> list[Any]:
    """Whom each was done to."""
    return await loaders.principals_by_id_or_none(context.state.database, [each.subject for each in records])


async def actors(context: Request, records: Sequence[AuditRecord]) -> list[list[Any]]:
    """Who acted for whom it names."""
    found = iter(await loaders.principals_by_id(context.state.database, [a for each in records for a in each.actors]))
    return [[known for _ in each.actors if (known := next(found)) is not None] for each in records]


async def counts(context: Request, pages: Sequence[AuditPage]) -> list[int]:
    """How many there are in each list."""
    return [await loaders.audit_count(context.state.database, each) for each in pages]


@strawberry.type(description="Something that was done, or was tried in vain.")
@shows(AuditRecord)
class AuditEvent:
    """An entry of the audit."""

    id: strawberry.ID
    at: datetime
    type: str = strawberry.field(description="SIGNED_IN, TOKEN_ISSUED, TOKEN_REFUSED ...: docs/identity.md lists them.")
    succeeded: bool
    principal: Principal | None = path(
        principals, description="Who acted, or on whose behalf; null where it is not known."
    )
    actors: list[Principal] = path(actors, description="Who acted for the principal, the one who acted itself first.")
    client_id: str | None
    subject: Principal | None = path(subjects, description="Whom it was done to.")
    address: str | None = strawberry.field(description="Where from, as far as it was seen.")
    details: JSON = strawberry.field(description="More of it, by its type. It never holds a secret.")


@strawberry.type(description="An event in a list.")
@shows(AuditRecord)
class AuditEdge:
    """An edge."""

    cursor: str = column(cursor, description="Opaque; good for `after`.")
    node: AuditEvent = column(itself)


@strawberry.type(description="A page of the audit.")
@shows(AuditPage)
class AuditConnection:
    """A connection."""

    edges: list[AuditEdge] = column("events")
    nodes: list[AuditEvent] = column("events")
    page_info: PageInfo = column(info)
    total_count: int = path(counts, description="How many there are in the whole list.")
