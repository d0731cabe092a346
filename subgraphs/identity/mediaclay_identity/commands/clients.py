"""`clay add-client`, `clay add-service` and `clay token-format`: who may ask for tokens."""

from __future__ import annotations

import asyncio
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.settings import Settings, load

from mediaclay_identity.commands.finding import named
from mediaclay_identity.oidc import redirects
from mediaclay_identity.oidc.errors import ShownError
from mediaclay_identity.operations.add_client import NewApplication, add_application, add_service
from mediaclay_identity.service import opened
from mediaclay_identity.store import clients


class Format(Enum):
    """What access tokens are."""

    JWT = "jwt"
    PASETO = "paseto"


def add_client(
    name: Annotated[str, typer.Argument(help="The name that people are shown when they sign in.")],
    redirect: Annotated[list[str], typer.Option(help="Repeatable: where browsers may be sent back to.")],
    scope: Annotated[list[str] | None, typer.Option(help="Repeatable; clay.read and clay.write unless said.")] = None,
    confidential: Annotated[bool, typer.Option(help="It runs on a server that can keep a secret.")] = False,
    jwks_url: Annotated[str | None, typer.Option(help="It proves who it is by keys published there.")] = None,
    token_format: Annotated[Format, typer.Option(help="What its access tokens are.")] = Format.JWT,
) -> None:
    """Register an application that people sign in to. Prints its client id, and its secret once, as JSON."""
    if confidential and jwks_url is not None:
        raise BadUserInput("An application proves who it is by a secret or by keys, not by both.")
    try:
        addresses = [redirects.checked(each) for each in redirect]
    except ShownError as error:
        raise BadUserInput(str(error)) from error
    held = scope or ["clay.read", "clay.write"]
    asyncio.run(_add(NewApplication(name, addresses, held, confidential, jwks_url, token_format.value)))


def add_signing_service(
    name: Annotated[str, typer.Argument(help="The name that others see.")],
    scope: Annotated[list[str] | None, typer.Option(help="Repeatable; clay.read unless said.")] = None,
    jwks: Annotated[Path | None, typer.Option(help="A file with its public keys (RFC 7517).")] = None,
    jwks_url: Annotated[str | None, typer.Option(help="Where it publishes them, such as another instance's.")] = None,
) -> None:
    """Register a service, such as another instance, that proves who it is by signing. Prints its client id."""
    asyncio.run(_add_service(name, scope or ["clay.read"], jwks, jwks_url))


def token_format(
    principal: Annotated[str, typer.Argument(help="The id or the name of an agent or a service.")],
    form: Annotated[Format, typer.Argument(help="What its access tokens are from now on.")],
) -> None:
    """Choose what an agent's or a service's access tokens are."""
    asyncio.run(_choose(principal, form))


async def _add(new: NewApplication) -> None:
    async with opened(load(Settings)) as database, database.transaction() as db:
        made, secret = await add_application(db, new)
    said = {"client_id": made.client_id, **({} if secret is None else {"client_secret": secret})}
    typer.echo(orjson.dumps(said).decode())


async def _add_service(name: str, scopes: list[str], file: Path | None, jwks_url: str | None) -> None:
    jwks = None if file is None else _read(file)
    async with opened(load(Settings)) as database, database.transaction() as db:
        made = await add_service(db, name, scopes, jwks, jwks_url)
    typer.echo(made.client_id)


async def _choose(principal: str, form: Format) -> None:
    async with opened(load(Settings)) as database, database.transaction() as db:
        found = await named(db, principal)
        if found.client_id is None:
            raise BadUserInput(f"{found.name} gets no tokens of its own.")
        await clients.set_format(db, found.id, form.value)


def _read(file: Path) -> dict[str, Any]:
    try:
        return orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BadUserInput(f"{file} can't be read as JSON.") from error
