"""Statements about failed tries to prove who one is."""

from __future__ import annotations

from collections.abc import Sequence

from mediaclay_kernel.database import Connection

# One statement for looking and counting: whoever tries a hundred times at once is counted a hundred times.
_COUNT = """
INSERT INTO attempt AS a (key, failures, last_at) VALUES ($1, 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, failures =
    1 + CASE WHEN a.last_at < clock_timestamp() - make_interval(secs => 4 * $3::float8) THEN 0 ELSE a.failures END
WHERE a.failures < $2
   OR a.last_at < clock_timestamp() - make_interval(secs => least($3::float8, power(2, least(4 + a.failures - $2, 20))))
RETURNING failures
"""
_UNDO = "UPDATE attempt SET failures = greatest(failures - 1, 0) WHERE key = ANY($1::text[])"
_FORGET = "DELETE FROM attempt WHERE key = ANY($1::text[])"


async def count(db: Connection, key: str, free: int, longest: float) -> bool:
    """Counts a try; False, and nothing is counted, where it must wait.

    The first `free` need not wait, the next ones 16, 32, 64 seconds and so on, up to `longest`.
    """
    return await db.fetchval(_COUNT, key, free, longest) is not None


async def forget(db: Connection, keys: Sequence[str]) -> None:
    """Forgets the failures."""
    await db.execute(_FORGET, list(keys))


async def undo(db: Connection, keys: Sequence[str]) -> None:
    """Takes one try back."""
    await db.execute(_UNDO, list(keys))
