"""Principal, the entity that identity owns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from mediaclay_kernel.context import Context
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.plan import path, shows
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity import loaders
from mediaclay_identity.records import PrincipalRecord
from mediaclay_identity.state import State

strawberry.enum(
    PrincipalType, description="What a principal is: a person, a program that acts, or one of our services."
)

Request = Context[State]


async def by_id(context: Request, ids: Sequence[UUID]) -> list[PrincipalRecord | None]:
    """Principals for whoever may read. Raises `Unauthenticated` and `Forbidden`."""
    context.require_read()
    return await loaders.principals_by_id(context.state.database, ids)


async def owners(context: Request, agents: Sequence[PrincipalRecord]) -> list[PrincipalRecord | None]:
    """Who answers for each; None for a principal that is no agent."""
    found = await loaders.principals_by_id(context.state.database, [a.owner for a in agents if a.owner is not None])
    answers = iter(found)
    return [None if agent.owner is None else next(answers) for agent in agents]


def key(representation: Mapping[str, Any]) -> UUID:
    """The id that a representation names. Raises `BadUserInput`."""
    return parse_id(representation["id"])


@strawberry.federation.type(keys=["id"], description="Who acts: a human, an agent or a service.")
@shows(PrincipalRecord, key=key, reference=by_id)
class Principal:
    """A principal, without anything that only concerns itself."""

    id: strawberry.ID
    type: PrincipalType
    name: str
    owner: Principal | None = path(owners, description="Of an agent: the human who answers for it.")
    created_at: datetime
