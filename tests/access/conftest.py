"""identity and structure in this process: structure asks identity for grants over HTTP, and hears of them by the bus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import mediaclay_identity
import mediaclay_structure
import pytest
from mediaclay_identity.records import NewPrincipal
from mediaclay_identity.sources.trees import Trees
from mediaclay_identity.store import principals
from mediaclay_kernel.access import RemoteGrants
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, LocalIssuer, running


class Cut(httpx.ASGITransport):
    """The way to identity, which can be cut."""

    is_cut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_cut:
            raise httpx.ConnectError("cut")
        return await super().handle_async_request(request)


class OfService:
    """Tokens of our own services."""

    def __init__(self, issuer: LocalIssuer, service: UUID) -> None:
        self._issuer = issuer
        self._service = service

    async def headers(self) -> dict[str, str]:
        token = self._issuer.token(self._service, "clay.read clay.internal", ptype="SERVICE")
        return {"Authorization": f"Bearer {token}"}


@dataclass
class House:
    """Both subgraphs, and people."""

    identity: Client
    trees: Client
    way: Cut
    people: dict[str, UUID]

    def token(self, name: str, *actors: str, scope: str = "clay.read clay.write") -> str:
        """A token of one of them, with those who act for it."""
        act: Any = None
        for actor in reversed(actors):
            act = {"sub": str(self.people[actor]), **({} if act is None else {"act": act})}
        return self.identity.issuer.token(self.people[name], scope, act=act)

    async def plant(self, by: str, slug: str = "garden") -> dict[str, Any]:
        """A new structure: its id and its root."""
        query = "mutation($s: String!) { createStructure(slug: $s, name: $s) { id root { id } } }"
        return (await self.trees.data(query, self.token(by), s=slug))["createStructure"]

    async def grow(self, by: str, parent: str, name: str) -> str:
        """The id of a new node."""
        query = """mutation($p: ID!, $n: String!) {
            createNode(input: {parent: $p, kind: "k", name: $n}) { node { id } } }"""
        return (await self.trees.data(query, self.token(by), p=parent, n=name))["createNode"]["node"]["id"]

    async def name(self, who: str, node: str, *actors: str) -> str | None:
        """The name of a node as somebody sees it, None where it is not there for them."""
        token = self.token(who, *actors) if who else None
        found = (await self.trees.data("query($id: ID!) { node(id: $id) { name } }", token, id=node))["node"]
        return None if found is None else found["name"]

    async def grant(self, by: str, to: str, node: str, role: str, until: datetime | None = None) -> str:
        """The id of a new grant."""
        answer = await self.identity.data(
            GRANT, self.token(by), to=str(self.people[to]), node=node, role=role,
            until=None if until is None else until.isoformat(),
        )  # fmt: skip
        return answer["grantAccess"]["id"]

    async def revoke(self, by: str, grant: str) -> bool:
        """Whether the grant was there."""
        query = "mutation($id: ID!) { revokeAccess(id: $id) }"
        return (await self.identity.data(query, self.token(by), id=grant))["revokeAccess"]


GRANT = """mutation($to: ID!, $node: ID!, $role: Role!, $until: DateTime) {
    grantAccess(principal: $to, node: $node, role: $role, expiresAt: $until) { id role node { id } } }"""


@pytest.fixture
def database(new_database: Callable[..., str]) -> str:
    """A database migrated for both."""
    return new_database(mediaclay_identity.subgraph, mediaclay_structure.subgraph)


@pytest.fixture
async def house(database: str, redis_url: str) -> AsyncIterator[House]:
    """Ada and Bob, an agent of Ada's, and two subgraphs."""
    url = database
    settings = load(Settings, database_url=url, redis_url=redis_url, public_read=True, issuer="http://identity")
    issuer = LocalIssuer(settings)
    async with running(mediaclay_identity.subgraph, settings, issuer) as identity:
        pool = identity.state.database.pool
        people: dict[str, UUID] = {}
        for name in ("ada", "bob", "eve"):
            new = NewPrincipal(uuid4(), PrincipalType.HUMAN, name, ("clay.read", "clay.write"))
            people[name] = (await principals.add(pool, new)).id
        bot = NewPrincipal(uuid4(), PrincipalType.AGENT, "bot", ("clay.read", "clay.write"), owner=people["ada"])
        people["bot"] = (await principals.add(pool, bot)).id
        found = await principals.built_in(pool, ["administrator", "services"])
        people["administrator"] = found["administrator"].id
        assert identity.app is not None
        way = Cut(identity.app)
        async with httpx.AsyncClient(transport=way) as http:
            tokens: Any = OfService(issuer, found["services"].id)
            grants = RemoteGrants("http://identity", http, tokens)
            async with (
                running(mediaclay_structure.subgraph, settings, issuer, grants) as trees,
                httpx.AsyncClient(transport=httpx.ASGITransport(cast("Any", trees.app))) as to_trees,
            ):
                object.__setattr__(identity.state, "trees", Trees("http://trees", to_trees))
                yield House(identity, trees, way, people)
