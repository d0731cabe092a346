"""A human gets a name and a password to sign in with."""

from __future__ import annotations

import asyncpg
from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput, Conflict
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal, PrincipalType

from mediaclay_identity import scopes
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.register_agent import checked_name
from mediaclay_identity.operations.sign_in import normal
from mediaclay_identity.passwords import Passwords, ensure_good
from mediaclay_identity.records import NewPrincipal, PrincipalRecord
from mediaclay_identity.store import logins, principals


async def add_human(db: Connection, name: str, held: list[str]) -> PrincipalRecord:
    """A new human with these scopes. Raises `BadUserInput` and `LimitExceeded`."""
    new = NewPrincipal(new_id(), PrincipalType.HUMAN, checked_name(name), scopes.parse(held))
    made = await principals.add(db, new)
    await note(db, "HUMAN_ADDED", subject=made.id, details={"name": made.name, "scopes": list(made.scopes)})
    return made


async def set_login(
    db: Connection, passwords: Passwords, principal: PrincipalRecord, login: str, password: str, kept: bytes = b""
) -> None:
    """The human signs in by this name and password from now on, and their other browsers sign in anew.

    `kept` is the hash of the session that goes on. Raises `BadUserInput`, `Conflict` for a taken name.
    """
    if principal.type is not PrincipalType.HUMAN:
        raise BadUserInput("Only humans sign in; agents and services have credentials of another sort.")
    login = normal(login)
    if not login or any(character.isspace() for character in login):
        raise BadUserInput("A name to sign in with has no space in it, and is not empty.")
    ensure_good(password, login)
    try:
        await logins.put(db, principal.id, login, await passwords.hashed(password))
    except asyncpg.UniqueViolationError as error:
        raise Conflict(f"Somebody else signs in as {login}.") from error
    await logins.close_others(db, principal.id, kept)
    await note(db, "PASSWORD_SET", Principal(principal.id, principal.type), subject=principal.id)
