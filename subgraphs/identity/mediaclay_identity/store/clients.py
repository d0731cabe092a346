"""Statements about clients: applications, and principals that act by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity.records import ClientRecord, PrincipalRecord

_APPLICATION = """
SELECT client_id, name, redirect_uris, scopes, token_format, secret_hash, jwks, jwks_url, disabled_at
FROM application WHERE client_id = $1
"""
_PRINCIPAL = """
SELECT p.id, p.type, p.name, p.owner, p.client_id, p.scopes, p.built_in, p.disabled_at, p.created_at,
       p.secret_hash, p.token_format, p.jwks, p.jwks_url, o.scopes AS owner_scopes, o.disabled_at AS owner_disabled_at
FROM principal p LEFT JOIN principal o ON o.id = p.owner WHERE p.client_id = $1
"""
_ADD = """
INSERT INTO application (client_id, name, redirect_uris, scopes, token_format, secret_hash, jwks, jwks_url)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ALL = "SELECT client_id, name, redirect_uris, scopes, token_format, secret_hash, jwks, jwks_url, disabled_at FROM application ORDER BY client_id"
_SET_KEYS = "UPDATE principal SET jwks = $2, jwks_url = $3, secret_hash = NULL WHERE id = $1"
_SET_FORMAT = "UPDATE principal SET token_format = $2 WHERE id = $1"
_CONSENT = "SELECT scopes FROM consent WHERE principal = $1 AND client_id = $2"
_ALLOW = """
INSERT INTO consent AS c (principal, client_id, scopes) VALUES ($1, $2, $3)
ON CONFLICT (principal, client_id) DO UPDATE SET at = clock_timestamp(),
    scopes = ARRAY(SELECT DISTINCT unnest(c.scopes || excluded.scopes))
"""
_USE = """
INSERT INTO used_assertion (client_id, jti, expires_at) VALUES ($1, $2, clock_timestamp() + CAST($3 AS interval))
ON CONFLICT DO NOTHING
"""


async def find(db: Connection, client_id: str) -> ClientRecord | None:
    """Who has this client id."""
    if "\0" in client_id or len(client_id) > 2048:  # PostgreSQL takes no NUL in a text
        return None
    if (row := await db.fetchrow(_PRINCIPAL, client_id)) is not None:
        return _acting(row)
    row = await db.fetchrow(_APPLICATION, client_id)
    return None if row is None else _application(row)


async def applications(db: Connection) -> list[ClientRecord]:
    """Every registered application."""
    return [_application(row) for row in await db.fetch(_ALL)]


async def add(db: Connection, new: ClientRecord) -> None:
    """Registers an application."""
    await db.execute(
        _ADD, new.client_id, new.name, list(new.redirect_uris), list(new.scopes), new.token_format, new.secret_hash,
        new.jwks, new.jwks_url,
    )  # fmt: skip


async def set_keys(db: Connection, principal: UUID, jwks: dict[str, Any] | None, jwks_url: str | None) -> None:
    """A principal proves who it is by these keys from now on, and by no secret."""
    await db.execute(_SET_KEYS, principal, jwks, jwks_url)


async def set_format(db: Connection, principal: UUID, token_format: str) -> None:
    """What a principal's tokens are: `jwt` or `paseto`."""
    await db.execute(_SET_FORMAT, principal, token_format)


async def consented(db: Connection, principal: UUID, client_id: str) -> frozenset[str]:
    """The scopes that a person allowed a client before."""
    return frozenset(await db.fetchval(_CONSENT, principal, client_id) or ())


async def allow(db: Connection, principal: UUID, client_id: str, scopes: Sequence[str]) -> None:
    """A person allows a client more."""
    await db.execute(_ALLOW, principal, client_id, list(scopes))


async def use_assertion(db: Connection, client_id: str, jti: str, life: timedelta) -> bool:
    """Uses an assertion up; answers whether it was new."""
    return await db.execute(_USE, client_id, jti, life) == "INSERT 0 1"


def _application(row: Any) -> ClientRecord:
    return ClientRecord(
        row["client_id"], row["name"], tuple(row["scopes"]), row["disabled_at"] is not None, row["token_format"],
        row["secret_hash"], row["jwks"], row["jwks_url"], tuple(row["redirect_uris"]),
    )  # fmt: skip


def _acting(row: Any) -> ClientRecord:
    principal = PrincipalRecord(
        row["id"], PrincipalType(row["type"]), row["name"], row["owner"], row["client_id"], tuple(row["scopes"]),
        row["built_in"], row["disabled_at"], row["created_at"],
    )  # fmt: skip
    own, owner = row["scopes"], row["owner_scopes"]
    held = tuple(scope for scope in own if owner is None or scope in owner)
    return ClientRecord(
        row["client_id"], row["name"], held, row["disabled_at"] is not None or row["owner_disabled_at"] is not None,
        row["token_format"], row["secret_hash"], row["jwks"], row["jwks_url"], (), principal,
    )  # fmt: skip
