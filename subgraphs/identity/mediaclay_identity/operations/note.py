"""Writes down in the audit who did what on whose behalf, what failed included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import NOBODY, Principal

from mediaclay_identity.records import AuditRecord
from mediaclay_identity.store import audit

LONGEST = 200
"""Characters of a text that a stranger chose."""


async def note(
    db: Connection, type: str, who: Principal = NOBODY, *, succeeded: bool = True, subject: UUID | None = None,
    client_id: str | None = None, address: str | None = None, details: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Adds an entry to the audit: in the transaction of what was done, or by itself where that failed.

    `who` acted, `subject` is whom or what it was done to; `details` are JSON. None of it may be a secret.
    """
    named = None if client_id is None else _short(client_id)
    said = {name: _short(value) if isinstance(value, str) else value for name, value in (details or {}).items()}
    now = datetime.now(UTC)
    actors: Sequence[UUID] = who.actors
    await audit.add(
        db, AuditRecord(new_id(), now, type, succeeded, who.id, tuple(actors), named, subject, address, said)
    )


def _short(text: str) -> str:
    return text.replace("\0", "")[:LONGEST]
