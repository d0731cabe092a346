"""A pytest plugin for subgraphs, third-party ones included: real servers, databases of their own, signed tokens.

The servers are named by CLAY_TEST_DATABASE_URL and CLAY_TEST_REDIS_URL. A test that needs one fails where it is not
named, instead of passing without having run. Asynchronous tests run under anyio's own plugin.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key
from starlette.applications import Starlette

from mediaclay_kernel.access import GrantSource, LocalGrants
from mediaclay_kernel.asgi import build_app
from mediaclay_kernel.database import DRIVER, Database, plain_url
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.migrations import migrate
from mediaclay_kernel.pool import Pool
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.subgraph import Subgraph

ALL_SCOPES = "clay.read clay.write clay.admin"


class LocalIssuer:
    """Signs access tokens with a key of its own; a `tokens.Keys` for a verifier that trusts it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.key = ECKey.generate_key("P-256", {"kid": "test"})

    async def get(self, kid: str) -> Key | None:
        """The one key."""
        return self.key if kid == "test" else None

    def token(self, sub: UUID | None = None, scope: str = ALL_SCOPES, **claims: Any) -> str:
        """A token as the identity subgraph signs it; `claims` replace any of its claims, None removes one."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.settings.issuer, "aud": self.settings.audience, "sub": str(sub or new_id()), "iat": now,
            "exp": now + 300, "jti": str(new_id()), "scope": scope, "ptype": "HUMAN", **claims,
        }  # fmt: skip
        kept = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "test"}, kept, self.key)


@dataclass
class Client:
    """Speaks GraphQL to one subgraph, in process, as one principal."""

    http: httpx.AsyncClient
    issuer: LocalIssuer
    state: Any
    principal: UUID = field(default_factory=new_id)
    app: Starlette | None = None
    grants: LocalGrants = field(default_factory=LocalGrants)
    """What was granted to whom, for callers without clay.admin."""

    def headers(self, token: str | None = "") -> dict[str, str]:
        """The caller's headers: its own token, another one, or none for None."""
        return {} if token is None else {"Authorization": f"Bearer {token or self.issuer.token(self.principal)}"}

    async def send(self, query: str, token: str | None = "", **variables: Any) -> dict[str, Any]:
        """The whole answer, `data` and `errors`."""
        body = {"query": query, "variables": variables}
        return (await self.http.post("/graphql", json=body, headers=self.headers(token))).json()

    async def data(self, query: str, token: str | None = "", **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no error."""
        answer = await self.send(query, token, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, token: str | None = "", **variables: Any) -> tuple[str, str]:
        """The code and the message of the one error of an answer."""
        answer = await self.send(query, token, **variables)
        [error] = answer["errors"]
        return error["extensions"]["code"], error["message"]


@asynccontextmanager
async def running(
    subgraph: Subgraph,
    settings: Settings,
    issuer: LocalIssuer | None = None,
    grants: GrantSource | None = None,
    **own: Any,
) -> AsyncGenerator[Client]:
    """A subgraph in this process, its lifespan entered, and a client of it that is an administrator.

    Others (`client.issuer.token(somebody, "clay.read")`) may do what `client.grants` says, unless other `grants` are
    given. Two subgraphs with one `issuer` trust the same tokens.
    """
    issuer, local = issuer or LocalIssuer(settings), LocalGrants()
    app = build_app(subgraph, settings, load(subgraph.settings_class(), **own), keys=issuer, grants=grants or local)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as http:
            yield Client(http, issuer, app.state.running, app=app, grants=local)


class _Watched:
    """A pool that writes down what it is asked."""

    def __init__(self, pool: Any, asked: list[str]) -> None:
        self._pool = pool
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pool, name)
        if name not in {"fetch", "fetchrow", "fetchval", "execute"}:
            return method

        def watched(sql: str, *arguments: Any, **options: Any) -> Any:
            self._asked.append(sql)
            return method(sql, *arguments, **options)

        return watched


@contextmanager
def statements(database: Database) -> Generator[list[str]]:
    """The SQL of each read while this lasts: what tells one batch from a query for each node. Not that of transactions."""
    asked: list[str] = []
    pool = database.pool
    database.pool = cast("Pool", _Watched(pool, asked))
    try:
        yield asked
    finally:
        database.pool = pool


def _named(variable: str) -> str:
    url = os.environ.get(variable)
    if not url:
        pytest.fail(f"{variable} must name a real server for this test.", pytrace=False)
    return url


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A database of a Valkey or Redis server. Each worker has its own: two instances on one would hear each other's changes."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return urlunsplit(urlsplit(_named("CLAY_TEST_REDIS_URL"))._replace(path=f"/{worker}"))


@pytest.fixture(scope="session")
def server_url() -> str:
    """A PostgreSQL server, by the address of its maintenance database."""
    return _named("CLAY_TEST_DATABASE_URL")


@pytest.fixture
def new_database(server_url: str) -> Iterator[Callable[[Subgraph], str]]:
    """Makes databases, migrated for a subgraph, that are dropped after the test."""
    made: list[str] = []

    def make(*subgraphs: Subgraph) -> str:
        name = f"clay_test_{new_id().hex}"
        made.append(name)
        asyncio.run(_execute(server_url, f'CREATE DATABASE "{name}"'))
        url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        for subgraph in subgraphs:
            if subgraph.migrations is not None:
                asyncio.run(_migrated(url, subgraph.database_schema, subgraph.migrations))
        return url

    yield make
    for name in made:
        asyncio.run(_execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _migrated(url: str, schema: str, package: str) -> None:
    await migrate(url, schema, package)


async def _execute(url: str, statement: str) -> None:
    connection = await DRIVER.connect(plain_url(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
