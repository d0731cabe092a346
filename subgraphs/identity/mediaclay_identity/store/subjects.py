"""Statements about subjects of other issuers."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Connection

_FIND = "SELECT principal FROM external_subject WHERE issuer = $1 AND subject = $2"
_ADD = "INSERT INTO external_subject (issuer, subject, principal) VALUES ($1, $2, $3)"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('mediaclay subject ' || $1 || ' ' || $2, 0))"


async def find(db: Connection, issuer: str, subject: str) -> UUID | None:
    """Who the subject is."""
    return await db.fetchval(_FIND, issuer, subject)


async def lock(db: Connection, issuer: str, subject: str) -> None:
    """Waits until nobody else makes a principal of it; held until the transaction ends."""
    await db.execute(_LOCK, issuer, subject)


async def add(db: Connection, issuer: str, subject: str, principal: UUID) -> None:
    """The subject is this principal from now on."""
    await db.execute(_ADD, issuer, subject, principal)
