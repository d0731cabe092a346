"""Statements about what people allowed clients: codes, refresh tokens, devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_identity.records import CodeRecord, Delegation, DeviceRecord, RefreshRecord

_D = (
    "d.id, d.principal, d.client_id, d.scopes, d.audience, d.nonce, d.auth_time, d.method, d.revoked_at, "
    "d.expires_at AS until"
)
_ADD = """
INSERT INTO delegation (id, principal, client_id, scopes, audience, nonce, auth_time, method, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + CAST($9 AS interval)) RETURNING expires_at
"""
_FIND = f"SELECT {_D} FROM delegation d WHERE d.id = $1"
_REVOKE = "UPDATE delegation SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE id = $1"
_REVOKE_OF = (
    "UPDATE delegation SET revoked_at = clock_timestamp() WHERE principal = ANY($1::uuid[]) AND revoked_at IS NULL"
)
_ADD_CODE = """
INSERT INTO authorization_code (hash, delegation, redirect_uri, challenge, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp() + CAST($5 AS interval))
"""
# Locked before it is looked at: of two that present the same code or token, the second sees what the first did.
_TAKE_CODE = f"""
SELECT {_D}, c.redirect_uri, c.challenge, c.used_at IS NOT NULL AS was_used, c.expires_at <= clock_timestamp() AS is_expired
FROM authorization_code c JOIN delegation d ON d.id = c.delegation WHERE c.hash = $1 FOR UPDATE
"""
_USE_CODE = "UPDATE authorization_code SET used_at = clock_timestamp() WHERE hash = $1"
_ADD_REFRESH = """
INSERT INTO refresh_token (hash, delegation, expires_at) VALUES ($1, $2, clock_timestamp() + CAST($3 AS interval))
"""
_TAKE_REFRESH = f"""
SELECT {_D}, r.used_at IS NOT NULL AS was_used, least(r.expires_at, d.expires_at) <= clock_timestamp() AS is_expired
FROM refresh_token r JOIN delegation d ON d.id = r.delegation WHERE r.hash = $1 FOR UPDATE
"""
_USE_REFRESH = "UPDATE refresh_token SET used_at = clock_timestamp() WHERE hash = $1"
_ADD_DEVICE = """
INSERT INTO device_code (hash, user_code, client_id, scopes, audience, every, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + CAST($7 AS interval)) ON CONFLICT (user_code) DO NOTHING
"""
_DEVICE = "user_code, client_id, scopes, audience, every, asked_at, delegation, denied_at, expires_at"
_POLL = """
UPDATE device_code n SET asked_at = clock_timestamp(),
    every = o.every + CASE WHEN o.asked_at > clock_timestamp() - make_interval(secs => o.every - 0.5) THEN 5 ELSE 0 END
FROM (SELECT * FROM device_code WHERE hash = $1 FOR UPDATE) o
WHERE n.hash = o.hash
RETURNING o.user_code, o.client_id, o.scopes, o.audience, n.every - o.every AS more, o.asked_at, o.delegation, o.denied_at,
    o.expires_at, o.expires_at <= clock_timestamp() AS is_expired
"""
_WAITING = f"""
SELECT {_DEVICE} FROM device_code
WHERE user_code = $1 AND delegation IS NULL AND denied_at IS NULL AND expires_at > clock_timestamp() FOR UPDATE
"""
_ANSWER = """
UPDATE device_code SET delegation = $2, denied_at = CASE WHEN CAST($2 AS uuid) IS NULL THEN clock_timestamp() END
WHERE user_code = $1
"""
_FORGET_DEVICE = "DELETE FROM device_code WHERE hash = $1"
_SWEEP = (
    "DELETE FROM device_code WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM delegation WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM browser_session WHERE expires_at < clock_timestamp()",
    "DELETE FROM challenge WHERE expires_at < clock_timestamp()",
    "DELETE FROM used_assertion WHERE expires_at < clock_timestamp()",
    "DELETE FROM attempt WHERE last_at < clock_timestamp() - interval '1 day'",
)


async def add(db: Connection, new: Delegation, life: timedelta) -> None:
    """Adds one that lasts so long."""
    await db.fetchval(
        _ADD, new.id, new.principal, new.client_id, list(new.scopes), new.audience, new.nonce, new.auth_time, new.method,
        life,
    )  # fmt: skip


async def find(db: Connection, id: UUID) -> Delegation | None:
    """One of them."""
    row = await db.fetchrow(_FIND, id)
    return None if row is None else _delegation(row)


async def revoke(db: Connection, id: UUID) -> None:
    """Nothing comes of it any more."""
    await db.execute(_REVOKE, id)


async def revoke_of(db: Connection, principals: Sequence[UUID]) -> None:
    """Nothing comes of what these people allowed any more."""
    await db.execute(_REVOKE_OF, list(principals))


async def add_code(
    db: Connection, secret_hash: bytes, delegation: UUID, redirect_uri: str, challenge: str, life: timedelta
) -> None:
    """An authorization code."""
    await db.execute(_ADD_CODE, secret_hash, delegation, redirect_uri, challenge, life)


async def take_code(db: Connection, secret_hash: bytes) -> CodeRecord | None:
    """The code that was presented, locked and used up."""
    row = await db.fetchrow(_TAKE_CODE, secret_hash)
    if row is None:
        return None
    await db.execute(_USE_CODE, secret_hash)
    return CodeRecord(_delegation(row), row["redirect_uri"], row["challenge"], row["was_used"], row["is_expired"])


async def add_refresh(db: Connection, secret_hash: bytes, delegation: UUID, life: timedelta) -> None:
    """A refresh token."""
    await db.execute(_ADD_REFRESH, secret_hash, delegation, life)


async def look_at_refresh(db: Connection, secret_hash: bytes) -> RefreshRecord | None:
    """The refresh token that was presented, locked."""
    row = await db.fetchrow(_TAKE_REFRESH, secret_hash)
    return None if row is None else RefreshRecord(_delegation(row), row["was_used"], row["is_expired"])


async def use_refresh(db: Connection, secret_hash: bytes) -> None:
    """It is used up."""
    await db.execute(_USE_REFRESH, secret_hash)


async def add_device(db: Connection, secret_hash: bytes, new: DeviceRecord, life: timedelta) -> bool:
    """A device that waits; answers False where its user code is taken."""
    given = new.user_code, new.client_id, list(new.scopes), new.audience, new.every
    return await db.execute(_ADD_DEVICE, secret_hash, *given, life) == "INSERT 0 1"


async def poll(db: Connection, secret_hash: bytes) -> tuple[DeviceRecord, bool, bool] | None:
    """The device that asks; whether it asks too often, which makes it wait longer; whether its time is over."""
    row = await db.fetchrow(_POLL, secret_hash)
    if row is None:
        return None
    return DeviceRecord(*tuple(row)[:9])._replace(scopes=tuple(row["scopes"])), row["more"] > 0, row["is_expired"]


async def waiting(db: Connection, user_code: str) -> DeviceRecord | None:
    """The device that waits for somebody to enter this code, locked."""
    row = await db.fetchrow(_WAITING, user_code)
    return None if row is None else DeviceRecord(*row)._replace(scopes=tuple(row["scopes"]))


async def answer_device(db: Connection, user_code: str, delegation: UUID | None) -> None:
    """What somebody allowed it, or None who refused."""
    await db.execute(_ANSWER, user_code, delegation)


async def forget_device(db: Connection, secret_hash: bytes) -> bool:
    """It gets its tokens; False where it got them before."""
    return await db.execute(_FORGET_DEVICE, secret_hash) == "DELETE 1"


async def sweep(db: Connection) -> None:
    """Deletes what has ended and says nothing any more."""
    for statement in _SWEEP:
        await db.execute(statement)


def _delegation(row: Any) -> Delegation:
    return Delegation(
        row["id"], row["principal"], row["client_id"], tuple(row["scopes"]), row["audience"], row["nonce"],
        row["auth_time"], row["method"], row["revoked_at"], row["until"],
    )  # fmt: skip
