"""`clay token`, as an operator runs it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import typer
from joserfc import jwt
from joserfc.jwk import ECKey
from mediaclay_identity import subgraph
from mediaclay_identity.commands import app
from mediaclay_identity.records import NewPrincipal
from mediaclay_identity.service import opened
from mediaclay_identity.store import keys, principals
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import running
from typer.testing import CliRunner, Result

clay = typer.Typer()
clay.add_typer(app)


@clay.callback()
def root() -> None:
    """As the root command takes a subgraph's commands in."""


@pytest.fixture
def started(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An instance that has started once, named by the environment."""

    async def start() -> None:
        async with running(subgraph, settings):
            pass

    asyncio.run(start())
    assert settings.database_url is not None
    monkeypatch.setenv("CLAY_DATABASE_URL", settings.database_url.get_secret_value())
    return settings


def run(*arguments: str) -> Result:
    return CliRunner().invoke(clay, ["token", *arguments])


def read(settings: Settings, what: Callable[[Any], Awaitable[Any]]) -> Any:
    async def reading() -> Any:
        async with opened(settings) as database, database.transaction() as db:
            return await what(db)

    return asyncio.run(reading())


def claims(settings: Settings, token: str) -> dict[str, Any]:
    key = read(settings, keys.signing)
    return jwt.decode(token, ECKey.import_key(key.private), algorithms=["ES256"]).claims


def add(settings: Settings, name: str, *scopes: str) -> str:
    new = NewPrincipal(new_id(), PrincipalType.HUMAN, name, scopes or ("clay.read",))
    return str(read(settings, lambda db: principals.add(db, new)).id)


def test_it_prints_nothing_but_a_token_of_the_administrator(started: Settings):
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    said = claims(started, result.stdout.strip())
    administrator = read(started, lambda db: principals.built_in(db, ["administrator"]))["administrator"]
    assert (said["sub"], said["ptype"], said["client_id"]) == (str(administrator.id), "HUMAN", "clay")
    assert said["scope"] == "clay.read clay.write clay.admin clay.approve"
    assert said["exp"] - said["iat"] == 300


def test_it_gives_fewer_scopes_when_told(started: Settings):
    for arguments in (("--scope", "clay.read", "--scope", "clay.write"), ("--scope", "clay.write clay.read")):
        assert claims(started, run(*arguments).stdout.strip())["scope"] == "clay.read clay.write"


def test_it_names_anyone_by_id_or_by_name(started: Settings):
    ada = add(started, "Ada")
    for who in (ada, "Ada"):
        said = claims(started, run("--principal", who).stdout.strip())
        assert (said["sub"], said["scope"]) == (ada, "clay.read")


def test_it_describes_the_token_as_json(started: Settings):
    ada = add(started, "Ada")
    said = json.loads(run("--principal", "Ada", "--json").stdout)
    assert claims(started, said.pop("access_token"))["sub"] == ada
    assert said == {
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "clay.read",
        "principal": {"id": ada, "type": "HUMAN", "name": "Ada"},
    }


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.output) == (1, "")
    assert isinstance(result.exception, ClayError)  # which `clay` says on standard error
    return result.exception.message


def test_what_it_can_not_do_it_refuses(started: Settings):
    one, two = add(started, "Twin"), add(started, "Twin")
    assert "no principal Nobody" in refused("--principal", "Nobody")
    assert f"{one}, {two}" in refused("--principal", "Twin")
    assert "clay.everything" in refused("--scope", "clay.everything")
    assert "clay.admin" in refused("--principal", one, "--scope", "clay.admin")


def test_it_gives_no_token_of_the_disabled(started: Settings):
    ada = add(started, "Ada")
    read(started, lambda db: db.execute("UPDATE principal SET disabled_at = now() WHERE id = $1", ada))
    assert "Ada is disabled" in refused("--principal", ada)


def test_it_needs_an_instance_that_has_started(database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAY_DATABASE_URL", database_url)
    assert "start the identity subgraph once" in refused()
    monkeypatch.delenv("CLAY_DATABASE_URL")
    assert "CLAY_DATABASE_URL" in refused()
    monkeypatch.setenv("CLAY_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    assert "does not answer" in refused()


def test_settings_come_from_the_environment(started: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAY_ISSUER", "https://clay.example")
    assert load(Settings).issuer == "https://clay.example"
    assert claims(started, run().stdout.strip())["iss"] == "https://clay.example"
