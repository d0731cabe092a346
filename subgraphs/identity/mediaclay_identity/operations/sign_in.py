"""A human signs in at a browser, by password or passkey."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from mediaclay_kernel.database import Database
from mediaclay_kernel.principal import NOBODY, Principal

from mediaclay_identity import secret
from mediaclay_identity.limits import SESSION
from mediaclay_identity.operations import attempts
from mediaclay_identity.operations.note import note
from mediaclay_identity.passwords import Passwords
from mediaclay_identity.records import PrincipalRecord
from mediaclay_identity.store import logins

LONGEST_LOGIN = 254
"""Characters, those of an address for mail."""
PASSWORD, PASSKEY = "pwd", "hwk"
"""Methods of RFC 8176."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What was typed, and where from."""

    login: str
    password: str
    address: str | None


async def sign_in(database: Database, passwords: Passwords, said: SignIn) -> str | None:
    """The secret of a new session; None, after the same time, for an unknown name and for a wrong password.

    Raises `TooManyAttempts`.
    """
    login = normal(said.login)
    keys = attempts.keys_of(login, said.address)
    try:
        await attempts.begin(database, keys)
    except attempts.TooManyAttempts:
        await failed(database, login, said.address, "too many attempts")
        raise
    found = await logins.by_name(database.pool, login)
    is_right = await passwords.matches(said.password, found and found.password_hash)
    if found is None or not is_right or found.principal.disabled_at is not None:
        await failed(database, login, said.address, "disabled" if is_right else "wrong name or password")
        return None
    await attempts.succeeded(database, keys)
    if found.password_hash is not None and passwords.is_outdated(found.password_hash):
        await logins.rehash(database.pool, found.principal.id, await passwords.hashed(said.password))
    return await begin_session(database, found.principal, PASSWORD, said.address)


async def begin_session(database: Database, who: PrincipalRecord, method: str, address: str | None) -> str:
    """The secret of a new session, written down in the audit."""
    made = secrets.token_urlsafe(32)
    async with database.transaction() as db:
        await logins.open_session(db, secret.hashed(made), who.id, method, SESSION)
        await note(db, "SIGNED_IN", Principal(who.id, who.type), address=address, details={"method": method})
    return made


async def failed(database: Database, login: str, address: str | None, reason: str) -> None:
    """A try failed. The name is kept as a hash only: people type their password there by mistake."""
    trace = hashlib.sha256(login.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    details = {"login": trace, "reason": reason}
    await note(database.pool, "SIGNED_IN", NOBODY, succeeded=False, address=address, details=details)


def normal(login: str) -> str:
    """A name to sign in with as it is compared."""
    return login.strip().lower().replace("\0", "")[:LONGEST_LOGIN]
