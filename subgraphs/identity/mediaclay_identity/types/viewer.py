"""Viewer: the caller, as its token says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from mediaclay_kernel.errors import Unauthenticated
from mediaclay_kernel.plan import column, path, shows
from mediaclay_kernel.principal import Principal as Caller

from mediaclay_identity import loaders
from mediaclay_identity.records import GrantRecord
from mediaclay_identity.types.grant import Grant
from mediaclay_identity.types.principal import Principal, Request


async def subjects(context: Request, callers: Sequence[Caller]) -> list[Any]:
    """Who each caller is. Who may not read learns its own name all the same."""
    found = await loaders.principals_by_id(context.state.database, [c.id for c in callers if c.id is not None])
    return [record or _unknown() for record in found]


async def actors(context: Request, callers: Sequence[Caller]) -> list[Any]:
    """Who stands behind each caller."""
    known = iter(await loaders.principals_by_id(context.state.database, [a for c in callers for a in c.actors]))
    return [[next(known) or _unknown() for _ in caller.actors] for caller in callers]


async def grants(context: Request, callers: Sequence[Caller]) -> list[list[GrantRecord]]:
    """What was granted to each caller."""
    return await loaders.grants_of(context.state.database, [c.id for c in callers if c.id is not None])


def held(caller: Caller) -> list[str]:
    """The scopes of a token in an order that does not change."""
    return sorted(caller.scopes)


def _unknown() -> Unauthenticated:
    return Unauthenticated("The access token names nobody who is registered here.")


@strawberry.type(description="The caller.")
@shows(Caller)
class Viewer:
    """The caller."""

    principal: Principal = path(subjects)
    grants: list[Grant] = path(grants, description="What was granted to the principal, oldest first.")
    scopes: list[str] = column(held, description="What the access token is good for.")
    actors: list[Principal] = path(
        actors, description="Who stands behind an agent's token (its `act` chain, RFC 8693), outermost first."
    )
