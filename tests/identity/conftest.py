"""A real database with identity's tables, identity itself in this process, and people to act in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx
import pytest
from mediaclay_identity import subgraph
from mediaclay_identity.records import NewPrincipal, PrincipalRecord
from mediaclay_identity.store import principals
from mediaclay_kernel.database import DRIVER, plain_url
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.migrations import migrate
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_kernel.tokens import RemoteKeys, Trust, Verifier, trusted

# Characters that HTTP Basic must not confuse.
SERVICE_SECRET = "test+secret/with%2B:and=32-characters"

TABLES = (
    "principal", "signing_key", "changelog", "changelog_head", "changelog_relay", "login", "passkey", "challenge",
    "browser_session", "attempt", "application", "consent", "delegation", "authorization_code", "refresh_token",
    "device_code", "used_assertion", "external_subject", "audit", "access_grant",
)  # fmt: skip


async def execute(url: str, statement: str) -> None:
    connection = await DRIVER.connect(plain_url(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def migrated_url(server_url: str) -> Iterator[str]:
    """One database for all tests of a worker: making one costs far more than emptying it."""
    name = f"clay_test_identity_{new_id().hex}"
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    asyncio.run(execute(server_url, f'CREATE DATABASE "{name}"'))
    try:
        asyncio.run(migrated(url))
        yield url
    finally:
        asyncio.run(execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def migrated(url: str) -> None:
    assert await migrate(url, subgraph.database_schema, "mediaclay_identity.migrations")


@pytest.fixture
def database_url(migrated_url: str) -> str:
    """The database of an instance that has never started."""
    asyncio.run(execute(migrated_url, f"TRUNCATE {', '.join(f'identity.{table}' for table in TABLES)}"))
    return migrated_url


@pytest.fixture
def structure_url(new_database: Callable[..., str]) -> str:
    """A database for the structure subgraph, where a test needs one more that takes tokens."""
    from mediaclay_structure import subgraph as structure

    return new_database(structure)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load(
        Settings, database_url=database_url, service_secret=SERVICE_SECRET, issuer="http://subgraph", public_read=False
    )


@pytest.fixture
async def world(settings: Settings) -> AsyncGenerator[Client]:
    """Identity, and a client of it that acts as the administrator."""
    async with running(subgraph, settings) as client:
        found = await principals.built_in(client.state.database.pool, ["administrator"])
        client.principal = found["administrator"].id
        yield client


@pytest.fixture
def verifier(world: Client, settings: Settings) -> Verifier:
    """What another subgraph has: the issuer's published keys, and nothing else."""
    [own] = trusted(settings)
    return Verifier([Trust(own, RemoteKeys(settings.keys_url, world.http))])


@pytest.fixture
def human(world: Client) -> Callable[..., Awaitable[PrincipalRecord]]:
    """Adds a human."""

    async def add(name: str = "Ada", *scopes: str) -> PrincipalRecord:
        held = scopes or ("clay.read", "clay.write")
        return await principals.add(world.state.database.pool, NewPrincipal(new_id(), PrincipalType.HUMAN, name, held))

    return add


@pytest.fixture
def agent(world: Client) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Registers an agent as one would, by default for the administrator."""

    async def register(owner: UUID | None = None, *scopes: str) -> dict[str, Any]:
        token = world.issuer.token(owner or world.principal)
        mutation = """mutation ($scopes: [String!]!) {
          registerAgent(name: "Bot", scopes: $scopes) { principal { id } clientId clientSecret }
        }"""
        held = list(scopes or ("clay.read", "clay.write"))
        return (await world.data(mutation, token, scopes=held))["registerAgent"]

    return register


@pytest.fixture
def ask_token(world: Client) -> Callable[..., Awaitable[httpx.Response]]:
    """Asks for a token by the client credentials grant."""

    async def ask(client_id: str, secret: str, **form: str) -> httpx.Response:
        fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **form}
        return await world.http.post("/oauth/token", data=fields)

    return ask


@pytest.fixture
def everything(world: Client) -> Callable[[], Awaitable[list[Any]]]:
    """All that identity keeps, to be compared before and after a refusal."""

    async def read() -> list[Any]:
        pool = world.state.database.pool
        return [[tuple(row) for row in await pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in TABLES]

    return read
