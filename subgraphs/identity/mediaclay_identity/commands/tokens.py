"""`clay token`: an access token for whoever may read the database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import orjson
import typer
from mediaclay_kernel.settings import Settings, load

from mediaclay_identity import scopes
from mediaclay_identity.commands.finding import administrator, named
from mediaclay_identity.operations.issue_token import issue_to
from mediaclay_identity.records import AccessToken, PrincipalRecord
from mediaclay_identity.service import opened, terms

CLIENT = "clay"
"""The client id in tokens that an operator made."""


def token(
    principal: Annotated[str | None, typer.Option(help="Its id or name; the administrator unless said.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="Repeatable; every scope of the principal unless said.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The token with its principal, scopes and life.")] = False,
) -> None:
    """Print an access token, good for five minutes, and nothing else.

    It is signed with the key in the database, so whoever can read that (CLAY_DATABASE_URL) can act in anyone's name:

    curl -H "Authorization: Bearer $(clay token)" ...
    """
    asked = None if scope is None else [name for part in scope for name in part.split()]
    found, made = asyncio.run(_made(principal, asked))
    typer.echo(_described(found, made) if as_json else made.token)


async def _made(who: str | None, asked: Sequence[str] | None) -> tuple[PrincipalRecord, AccessToken]:
    settings = load(Settings)
    async with opened(settings) as database, database.transaction() as db:
        found = await administrator(db) if who is None else await named(db, who)
        wanted = None if asked is None else scopes.parse(asked)
        return found, await issue_to(db, terms(settings), found, CLIENT, wanted)


def _described(principal: PrincipalRecord, made: AccessToken) -> str:
    return orjson.dumps({
        "access_token": made.token, "token_type": "Bearer", "expires_in": made.seconds, "scope": " ".join(made.scopes),
        "principal": {"id": str(principal.id), "type": principal.type.value, "name": principal.name},
    }).decode()  # fmt: skip
