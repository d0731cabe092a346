"""What an instance makes for itself at its first start."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mediaclay_identity import secret, subgraph
from mediaclay_kernel.database import DRIVER
from mediaclay_kernel.errors import BadUserInput, Conflict
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import running

COLUMNS = "id, type, name, owner, client_id, secret_hash, scopes, built_in, disabled_at, created_at"


async def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    assert settings.database_url is not None
    connection = await DRIVER.connect(
        settings.database_url.get_secret_value(), server_settings={"search_path": "identity"}
    )
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_the_first_start_makes_a_key_an_administrator_and_the_services(settings: Settings):
    async with running(subgraph, settings):
        pass
    assert await rows(settings, "SELECT algorithm FROM signing_key ORDER BY 1") == [("ES256",), ("v4.public",)]
    made = await rows(settings, "SELECT type, name, client_id, scopes FROM principal ORDER BY id")
    assert made == [
        ("HUMAN", "Administrator", None, ["clay.read", "clay.write", "clay.admin", "clay.approve"]),
        ("SERVICE", "Services", "services", ["clay.read", "clay.internal"]),
    ]


async def test_a_second_start_changes_nothing(settings: Settings):
    async with running(subgraph, settings):
        pass
    before = await rows(settings, f"SELECT {COLUMNS} FROM principal"), await rows(settings, "TABLE signing_key")
    async with running(subgraph, settings):
        pass
    assert before == (
        await rows(settings, f"SELECT {COLUMNS} FROM principal"),
        await rows(settings, "TABLE signing_key"),
    )


async def test_six_first_starts_at_once_make_everything_once(settings: Settings):
    async def start() -> None:
        async with running(subgraph, settings) as client:
            assert (await client.http.get("/ready")).status_code == 200

    await asyncio.gather(*(start() for _ in range(6)))
    assert await rows(settings, "SELECT built_in FROM principal ORDER BY 1") == [("administrator",), ("services",)]
    assert len(await rows(settings, "SELECT kid FROM signing_key")) == 2


async def test_the_secret_of_the_services_follows_the_settings(settings: Settings):
    hashes: list[bytes | None] = []
    for value in ("a" * 32, "b" * 32, None):
        given = settings.model_dump() | {"service_secret": value}
        async with running(subgraph, load(Settings, **given)):
            pass
        [[stored]] = await rows(settings, "SELECT secret_hash FROM principal WHERE client_id = 'services'")
        hashes.append(stored)
    assert hashes == [secret.hashed("a" * 32), secret.hashed("b" * 32), None]


async def test_a_guessable_secret_of_the_services_stops_the_start_and_makes_nothing(settings: Settings):
    guessable = load(Settings, **settings.model_dump() | {"service_secret": "hunter2"})
    with pytest.raises(BadUserInput, match="CLAY_SERVICE_SECRET must have at least 32"):
        async with running(subgraph, guessable):
            pass
    assert await rows(settings, "TABLE principal") == []


def test_a_start_without_migrations_says_what_to_run(new_database: Any):
    settings = load(Settings, database_url=new_database())

    async def start() -> None:
        async with running(subgraph, settings):
            pass

    with pytest.raises(Conflict, match=r"0001_identity\.sql.*run `clay migrate`"):
        asyncio.run(start())


async def test_a_start_without_a_database_names_the_setting():
    with pytest.raises(BadUserInput, match="CLAY_DATABASE_URL"):
        async with running(subgraph, load(Settings, database_url=None)):
            pass
