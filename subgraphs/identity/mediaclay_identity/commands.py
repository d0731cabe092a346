"""What identity adds to `clay`, which says on standard error what a command raises."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import orjson
import typer
from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput, NotFound
from mediaclay_kernel.settings import Settings, load

from mediaclay_identity import scopes
from mediaclay_identity.operations.bootstrap import ADMINISTRATOR
from mediaclay_identity.operations.issue_token import issue_to
from mediaclay_identity.records import AccessToken, PrincipalRecord
from mediaclay_identity.service import opened, terms
from mediaclay_identity.store import principals

CLIENT = "clay"
"""The client id in tokens that an operator made."""

app = typer.Typer()


@app.command()
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
    async with opened(settings) as database, database.transaction(readonly=True) as db:
        found = await _administrator(db) if who is None else await _named(db, who)
        wanted = None if asked is None else scopes.parse(asked)
        return found, await issue_to(db, terms(settings), found, CLIENT, wanted)


async def _administrator(db: Connection) -> PrincipalRecord:
    found = (await principals.built_in(db, [ADMINISTRATOR])).get(ADMINISTRATOR)
    if found is None:
        raise NotFound("There is no administrator yet; start the identity subgraph once (`clay up`).")
    return found


async def _named(db: Connection, who: str) -> PrincipalRecord:
    try:
        found = await principals.by_id(db, [UUID(who)])
    except ValueError:
        found = await principals.by_name(db, [who])
    if not found:
        raise NotFound(f"There is no principal {who}.")
    if len(found) > 1:
        raise BadUserInput(f"{len(found)} principals are named {who}; use an id: {', '.join(str(f.id) for f in found)}")
    return found[0]


def _described(principal: PrincipalRecord, made: AccessToken) -> str:
    return orjson.dumps({
        "access_token": made.token, "token_type": "Bearer", "expires_in": made.seconds, "scope": " ".join(made.scopes),
        "principal": {"id": str(principal.id), "type": principal.type.value, "name": principal.name},
    }).decode()  # fmt: skip
