"""Statements about the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_identity.records import AuditRecord

_ADD = """
INSERT INTO audit (id, type, succeeded, principal, actors, client_id, subject, address, details)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_WHERE = """
FROM audit WHERE (CAST($1 AS text) IS NULL OR type = $1)
  AND (CAST($2 AS uuid) IS NULL OR principal = $2 OR subject = $2 OR $2 = ANY (actors))
"""
_PAGE = f"""
SELECT id, at, type, succeeded, principal, actors, client_id, subject, address, details
{_WHERE} AND (CAST($3 AS uuid) IS NULL OR id < $3) ORDER BY id DESC LIMIT $4
"""
_COUNT = f"SELECT count(*) {_WHERE}"
_FORGET = "DELETE FROM audit WHERE at < clock_timestamp() - CAST($1 AS interval)"


async def add(db: Connection, new: AuditRecord) -> None:
    """Adds one; the database gives it its time."""
    at = new.id, new.type, new.succeeded, new.principal, list(new.actors), new.client_id, new.subject, new.address
    await db.execute(_ADD, *at, new.details)


async def page(db: Connection, type: str | None, who: UUID | None, after: UUID | None, most: int) -> list[AuditRecord]:
    """At most `most`, newest first, that follow `after`; of one type, or by, for or to one principal."""
    return [_record(row) for row in await db.fetch(_PAGE, type, who, after, most)]


async def count(db: Connection, type: str | None, who: UUID | None) -> int:
    """How many there are of those."""
    return await db.fetchval(_COUNT, type, who)


async def forget(db: Connection, after: timedelta) -> None:
    """Deletes what is older."""
    await db.execute(_FORGET, after)


def _record(row: Any) -> AuditRecord:
    return AuditRecord(*row)._replace(actors=tuple(row["actors"]))
