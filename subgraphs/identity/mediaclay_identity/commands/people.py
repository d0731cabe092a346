"""`clay password` and `clay add-human`: people who sign in at a browser."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.settings import Settings, load

from mediaclay_identity.commands.finding import administrator, named
from mediaclay_identity.operations.set_login import add_human, set_login
from mediaclay_identity.operations.sign_in import normal
from mediaclay_identity.passwords import Passwords, ensure_good
from mediaclay_identity.service import opened
from mediaclay_identity.store import logins


def password(
    principal: Annotated[str | None, typer.Argument(help="Its id or name; the administrator unless said.")] = None,
    login: Annotated[str | None, typer.Option(help="The name to sign in with; as it is, or `administrator`.")] = None,
) -> None:
    """Set the name and the password by which a human signs in, asked for here or read from standard input."""
    asyncio.run(_set(principal, login))


def add_human_who_signs_in(
    name: Annotated[str, typer.Argument(help="The name that others see.")],
    login: Annotated[str, typer.Option(help="The name to sign in with, such as an address for mail.")],
    scope: Annotated[list[str] | None, typer.Option(help="Repeatable; clay.read and clay.write unless said.")] = None,
) -> None:
    """Add a human who signs in by a password, asked for here or read from standard input. Prints the id."""
    asyncio.run(_add(name, login, scope or ["clay.read", "clay.write"]))


async def _set(principal: str | None, login: str | None) -> None:
    async with opened(load(Settings)) as database:
        async with database.transaction() as db:
            who = await administrator(db) if principal is None else await named(db, principal)
            known = await logins.of(db, who.id)
        chosen = login or (known.name if known else "administrator" if principal is None else who.name)
        given = _asked(chosen)
        async with database.transaction() as db:
            await set_login(db, Passwords(), who, chosen, given)
    typer.echo(f"{who.name} signs in as {normal(chosen)} from now on.", err=True)


async def _add(name: str, login: str, scopes: list[str]) -> None:
    given = _asked(login)
    async with opened(load(Settings)) as database, database.transaction() as db:
        made = await add_human(db, name, scopes)
        await set_login(db, Passwords(), made, login, given)
    typer.echo(str(made.id))


def _asked(login: str) -> str:
    """A password, typed twice at a terminal or once where it is piped in. Never an argument: others could read those."""
    if sys.stdin.isatty():
        given = typer.prompt(f"New password of {login}", hide_input=True, confirmation_prompt=True, err=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise BadUserInput("No password was given.")
    ensure_good(given, normal(login))
    return given
