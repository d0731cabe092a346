"""What can be asked of identity."""

from __future__ import annotations

from typing import Annotated

import strawberry
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_kernel.ids import decode_cursor, parse_id
from mediaclay_kernel.plan import path
from mediaclay_kernel.principal import Principal as Caller
from mediaclay_kernel.principal import PrincipalType, Scope

from mediaclay_identity import loaders
from mediaclay_identity.records import PrincipalPage, PrincipalRecord
from mediaclay_identity.types.audit import AuditConnection, events
from mediaclay_identity.types.connection import PrincipalConnection
from mediaclay_identity.types.principal import Principal, Request, by_id
from mediaclay_identity.types.viewer import Viewer

LONGEST_PAGE = 1000
USUAL_PAGE = 20


async def me(context: Request) -> Caller | None:
    """The caller; None without a token."""
    return None if context.principal.id is None else context.principal


async def principal(context: Request, *, id: strawberry.ID) -> PrincipalRecord | None:
    """One principal, or None. Raises `BadUserInput`, `Unauthenticated`, `Forbidden`."""
    [found] = await by_id(context, [parse_id(id)])
    return found


async def principals(
    context: Request,
    *,
    type: PrincipalType | None = None,
    first: Annotated[int | None, strawberry.argument(description=f"At most {LONGEST_PAGE}.")] = USUAL_PAGE,
    after: str | None = None,
) -> PrincipalPage:
    """A page, oldest first. Raises `LimitExceeded`, `BadUserInput`, `Unauthenticated`, `Forbidden`."""
    context.require_read()
    first = USUAL_PAGE if first is None else first
    if first < 0:
        raise BadUserInput("first must not be negative.")
    if first > LONGEST_PAGE:
        raise LimitExceeded(f"A page has at most {LONGEST_PAGE} principals.", limit=LONGEST_PAGE)
    place = None if after is None else parse_id(decode_cursor(after, str)[0], "after")
    return await loaders.principals_after(context.state.database, type, first, place)


@strawberry.type
class Query:
    """The queries of identity."""

    me: Viewer | None = path(me, description="The caller; null without an access token.")
    principal: Principal | None = path(principal, description="One principal; null where there is none of that id.")
    principals: PrincipalConnection | None = path(principals, description="Everyone who can act here, oldest first.")
    audit: AuditConnection | None = path(
        events,
        requires_scopes=[[Scope.ADMIN]],
        description="Who did what on whose behalf, failures included, newest first; for administrators.",
    )
