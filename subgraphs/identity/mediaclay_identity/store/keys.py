"""Statements about signing keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from mediaclay_kernel.database import Connection, Statement
from sqlalchemy import BigInteger, Interval, Text, bindparam, cast, func, insert, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from mediaclay_identity.records import KeyRecord
from mediaclay_identity.tables import signing_key

_c = signing_key.c
_NEWEST = Statement(select(_c.kid, _c.private).where(_c.retired_at.is_(None)).order_by(_c.created_at.desc()).limit(1))
_PUBLISHED = Statement(
    select(_c.kid, _c.private)
    .where(or_(_c.retired_at.is_(None), _c.retired_at > func.now() - bindparam("kept", type_=Interval)))
    .order_by(_c.created_at.desc())
)
_ADD = Statement(
    insert(signing_key).values(kid=bindparam("new_kid", type_=Text), private=bindparam("new_private", type_=JSONB))
)
_LOCK = Statement(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=Text), cast(0, BigInteger))))
)


async def newest(db: Connection) -> KeyRecord | None:
    """The key to sign with."""
    row = await _NEWEST.one(db)
    return None if row is None else KeyRecord(*row)


async def published(db: Connection, kept: timedelta) -> Sequence[KeyRecord]:
    """Every key that a living token may have been signed with; a retired one for as long as `kept`. Newest first."""
    return [KeyRecord(*row) for row in await _PUBLISHED.all(db, kept=kept)]


async def add(db: Connection, key: KeyRecord) -> None:
    """Adds one."""
    await _ADD.run(db, new_kid=key.kid, new_private=key.private)


async def lock_bootstrap(db: Connection) -> None:
    """Waits until no other process prepares the instance; held until the transaction ends."""
    await _LOCK.one(db, name="mediaclay identity bootstrap")
