"""Statements about signing keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from mediaclay_kernel.database import Connection

from mediaclay_identity.records import KeyRecord

_COLUMNS = "kid, private, algorithm"
# The oldest that is not retired yet: a new key is published for a while before anything is signed with it.
_SIGNING = f"""
SELECT {_COLUMNS} FROM signing_key
WHERE algorithm = $1 AND (retired_at IS NULL OR retired_at > clock_timestamp()) ORDER BY created_at, kid LIMIT 1
"""
_PUBLISHED = f"""
SELECT {_COLUMNS} FROM signing_key WHERE retired_at IS NULL OR retired_at > clock_timestamp() - CAST($1 AS interval)
ORDER BY created_at DESC, kid
"""
_ADD = "INSERT INTO signing_key (kid, private, algorithm) VALUES ($1, $2, $3)"
_RETIRE = """
UPDATE signing_key SET retired_at = clock_timestamp() + CAST($2 AS interval)
WHERE algorithm = $1 AND (retired_at IS NULL OR retired_at > clock_timestamp() + CAST($2 AS interval)) AND kid <> $3
"""
_IS_DUE = """
SELECT NOT EXISTS (SELECT FROM signing_key
                   WHERE algorithm = $1 AND retired_at IS NULL AND created_at > clock_timestamp() - CAST($2 AS interval))
"""
_FORGET = "DELETE FROM signing_key WHERE retired_at < clock_timestamp() - CAST($1 AS interval)"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('mediaclay identity bootstrap', 0))"


async def signing(db: Connection, algorithm: str = "ES256") -> KeyRecord | None:
    """The key to sign with."""
    row = await db.fetchrow(_SIGNING, algorithm)
    return None if row is None else KeyRecord(*row)


async def published(db: Connection, kept: timedelta) -> Sequence[KeyRecord]:
    """Every key that a living token may have been signed with; a retired one for as long as `kept`. Newest first."""
    return [KeyRecord(*row) for row in await db.fetch(_PUBLISHED, kept)]


async def add(db: Connection, key: KeyRecord) -> None:
    """Adds one."""
    await db.execute(_ADD, key.kid, key.private, key.algorithm)


async def retire(db: Connection, algorithm: str, after: timedelta, successor: str) -> None:
    """Signs with nothing but `successor` from `after` now on; a negative time takes the others back at once."""
    await db.execute(_RETIRE, algorithm, after, successor)


async def is_due(db: Connection, algorithm: str, age: timedelta) -> bool:
    """Whether no key is younger than `age`."""
    return bool(await db.fetchval(_IS_DUE, algorithm, age))


async def forget(db: Connection, after: timedelta) -> None:
    """Deletes those that were retired so long ago."""
    await db.execute(_FORGET, after)


async def lock_bootstrap(db: Connection) -> None:
    """Waits until no other process prepares the instance; held until the transaction ends."""
    await db.execute(_LOCK)
