"""What can be changed in identity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import strawberry
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_identity.events import STANDINGS
from mediaclay_identity.operations.disable_principal import disable_principal
from mediaclay_identity.operations.grant_access import GrantAccess, grant_access
from mediaclay_identity.operations.register_agent import RegisterAgent, register_agent
from mediaclay_identity.operations.revoke_access import RevokeAccess, revoke_access
from mediaclay_identity.operations.rotate_secret import rotate_secret
from mediaclay_identity.types.credentials import AgentCredentials
from mediaclay_identity.types.grant import Grant
from mediaclay_identity.types.principal import Principal, Request

T = TypeVar("T")
C = TypeVar("C")
Info = strawberry.Info[Request, Any]
NEEDS_WRITE = [[Scope.WRITE]]
NEEDS_ONE = [[Scope.WRITE], [Scope.ADMIN]]


async def _committed(info: Info, operation: Callable[[UnitOfWork, C], Awaitable[T]], command: C) -> T:
    state = info.context.state
    async with state.changelog.unit_of_work(info.context.principal) as work:
        answer = await operation(work, command)
    if any(change.stream == STANDINGS for change in work.changes):
        await state.settle()
    return answer


@strawberry.type
class Mutation:
    """The mutations of identity."""

    @strawberry.federation.mutation(
        requires_scopes=NEEDS_WRITE,
        description="Registers an agent for which the caller, a human, answers.",
        graphql_type=AgentCredentials,
    )
    async def register_agent(self, info: Info, name: str, scopes: list[str]) -> Any:
        """See `operations.register_agent`."""
        return await _committed(info, register_agent, RegisterAgent(name, scopes))

    @strawberry.federation.mutation(
        requires_scopes=NEEDS_WRITE,
        description="Gives an agent a new secret; the old one ends at once.",
        graphql_type=AgentCredentials,
    )
    async def rotate_agent_secret(self, info: Info, id: strawberry.ID) -> Any:
        """See `operations.rotate_secret`."""
        return await _committed(info, rotate_secret, parse_id(id))

    @strawberry.federation.mutation(
        requires_scopes=NEEDS_ONE,
        description="Lets a principal act no more, from the next request on: one's own agent, or anyone with clay.admin.",
        graphql_type=Principal,
    )
    async def disable_principal(self, info: Info, id: strawberry.ID) -> Any:
        """See `operations.disable_principal`."""
        return await _committed(info, disable_principal, parse_id(id))

    @strawberry.federation.mutation(
        requires_scopes=NEEDS_WRITE,
        description="Grants a role on a node and all below it; needs MANAGE on the node. When it answers, all know.",
        graphql_type=Grant,
    )
    async def grant_access(
        self,
        info: Info,
        principal: strawberry.ID,
        node: strawberry.ID,
        role: Role,
        expires_at: datetime | None = strawberry.UNSET,
    ) -> Any:
        """See `operations.grant_access`."""
        at = info.context
        at.principal.require(Scope.WRITE)
        top = parse_id(node)
        line = await at.state.trees.line(top, at.authorization)
        command = GrantAccess(parse_id(principal), top, role, expires_at or None, line)
        return await at.state.granting.committed(at.principal, grant_access, command)

    @strawberry.federation.mutation(
        requires_scopes=NEEDS_WRITE,
        description="Takes a grant back; needs MANAGE on its node. When it answers, the next request is refused "
        "everywhere. False for one that was revoked before.",
    )
    async def revoke_access(self, info: Info, id: strawberry.ID) -> bool:
        """See `operations.revoke_access`."""
        at = info.context
        command = RevokeAccess(parse_id(id), lambda node: at.state.trees.line(node, at.authorization))
        return await at.state.granting.committed(at.principal, revoke_access, command)
