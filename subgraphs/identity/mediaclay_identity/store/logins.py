"""Statements about how humans sign in, and the browsers in which they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity.records import LoginRecord, PasskeyRecord, PrincipalRecord, SessionRecord

_WHO = (
    "p.id AS p_id, p.type, p.name AS p_name, p.owner, p.client_id, p.scopes, p.built_in, p.disabled_at, "
    "p.created_at AS p_created_at"
)
_BY_NAME = (
    f"SELECT l.name, l.password_hash, {_WHO} FROM login l JOIN principal p ON p.id = l.principal WHERE l.name = $1"
)
_OF = f"SELECT l.name, l.password_hash, {_WHO} FROM login l JOIN principal p ON p.id = l.principal WHERE p.id = $1"
_SET = """
INSERT INTO login (principal, name, password_hash) VALUES ($1, $2, $3)
ON CONFLICT (principal) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash
"""
_REHASH = "UPDATE login SET password_hash = $2 WHERE principal = $1"
_OPEN = "INSERT INTO browser_session (hash, principal, method, expires_at) VALUES ($1, $2, $3, clock_timestamp() + CAST($4 AS interval))"
_SESSION = f"""
SELECT s.hash, s.method, s.began_at, {_WHO} FROM browser_session s JOIN principal p ON p.id = s.principal
WHERE s.hash = $1 AND s.expires_at > clock_timestamp() AND p.disabled_at IS NULL
"""
_CLOSE = "DELETE FROM browser_session WHERE hash = $1"
_CLOSE_OTHERS = "DELETE FROM browser_session WHERE principal = $1 AND hash <> $2"
_CLOSE_ALL = "DELETE FROM browser_session WHERE principal = ANY($1::uuid[])"
_PASSKEYS = "SELECT credential_id, principal, public_key, sign_count, label, created_at, used_at FROM passkey"
_ADD_PASSKEY = "INSERT INTO passkey (credential_id, principal, public_key, sign_count, label) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
_USE_PASSKEY = "UPDATE passkey SET sign_count = $2, used_at = clock_timestamp() WHERE credential_id = $1"
_REMOVE_PASSKEY = "DELETE FROM passkey WHERE principal = $1 AND credential_id = $2"
_ASK = "INSERT INTO challenge (hash, principal, expires_at) VALUES ($1, $2, clock_timestamp() + CAST($3 AS interval))"
_TAKE = """
DELETE FROM challenge WHERE hash = $1 AND principal IS NOT DISTINCT FROM $2 AND expires_at > clock_timestamp() RETURNING hash
"""


def _principal(row: Any) -> PrincipalRecord:
    return PrincipalRecord(
        row["p_id"], PrincipalType(row["type"]), row["p_name"], row["owner"], row["client_id"], tuple(row["scopes"]),
        row["built_in"], row["disabled_at"], row["p_created_at"],
    )  # fmt: skip


def _login(row: Any) -> LoginRecord | None:
    return None if row is None else LoginRecord(_principal(row), row["name"], row["password_hash"])


async def by_name(db: Connection, name: str) -> LoginRecord | None:
    """Whose name it is, in lower case."""
    return _login(await db.fetchrow(_BY_NAME, name))


async def of(db: Connection, principal: UUID) -> LoginRecord | None:
    """How a principal signs in."""
    return _login(await db.fetchrow(_OF, principal))


async def put(db: Connection, principal: UUID, name: str, password_hash: str | None) -> None:
    """Sets how a principal signs in. Raises asyncpg's `UniqueViolationError` for a name that is taken."""
    await db.execute(_SET, principal, name, password_hash)


async def rehash(db: Connection, principal: UUID, password_hash: str) -> None:
    """The same password under newer parameters."""
    await db.execute(_REHASH, principal, password_hash)


async def open_session(db: Connection, secret_hash: bytes, principal: UUID, method: str, life: timedelta) -> None:
    """A browser is signed in."""
    await db.execute(_OPEN, secret_hash, principal, method, life)


async def session(db: Connection, secret_hash: bytes) -> SessionRecord | None:
    """The session, as long as it lasts and its principal may act."""
    row = await db.fetchrow(_SESSION, secret_hash)
    return None if row is None else SessionRecord(row["hash"], _principal(row), row["method"], row["began_at"])


async def close_session(db: Connection, secret_hash: bytes) -> None:
    """Signs one browser out."""
    await db.execute(_CLOSE, secret_hash)


async def close_others(db: Connection, principal: UUID, kept: bytes) -> None:
    """Signs all browsers of a principal out but one."""
    await db.execute(_CLOSE_OTHERS, principal, kept)


async def close_sessions(db: Connection, principals: Sequence[UUID]) -> None:
    """Signs all browsers of some principals out."""
    await db.execute(_CLOSE_ALL, list(principals))


async def passkeys_of(db: Connection, principal: UUID) -> list[PasskeyRecord]:
    """A principal's passkeys, oldest first."""
    return [
        PasskeyRecord(*row)
        for row in await db.fetch(f"{_PASSKEYS} WHERE principal = $1 ORDER BY created_at", principal)
    ]


async def passkey(db: Connection, credential_id: bytes) -> PasskeyRecord | None:
    """One of them, locked."""
    row = await db.fetchrow(f"{_PASSKEYS} WHERE credential_id = $1 FOR UPDATE", credential_id)
    return None if row is None else PasskeyRecord(*row)


async def add_passkey(
    db: Connection, principal: UUID, credential_id: bytes, public_key: bytes, sign_count: int, label: str
) -> bool:
    """Adds one; answers whether it was new."""
    return await db.execute(_ADD_PASSKEY, credential_id, principal, public_key, sign_count, label) == "INSERT 0 1"


async def use_passkey(db: Connection, credential_id: bytes, sign_count: int) -> None:
    """It was used, and has counted so far."""
    await db.execute(_USE_PASSKEY, credential_id, sign_count)


async def remove_passkey(db: Connection, principal: UUID, credential_id: bytes) -> bool:
    """Answers whether there was one."""
    return await db.execute(_REMOVE_PASSKEY, principal, credential_id) == "DELETE 1"


async def ask(db: Connection, challenge_hash: bytes, principal: UUID | None, life: timedelta) -> None:
    """A challenge was given out."""
    await db.execute(_ASK, challenge_hash, principal, life)


async def take(db: Connection, challenge_hash: bytes, principal: UUID | None) -> bool:
    """Uses a challenge up; answers whether it was good."""
    return await db.fetchval(_TAKE, challenge_hash, principal) is not None
