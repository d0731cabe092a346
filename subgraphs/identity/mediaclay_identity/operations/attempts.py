"""Guessing is made slow: each failure for an account, and from an address, makes the next try wait."""

from __future__ import annotations

from collections.abc import Sequence

from mediaclay_kernel.database import Database
from mediaclay_kernel.errors import LimitExceeded

from mediaclay_identity.store import attempts

FREE = {"login-at": 5, "login": 50, "address": 50, "device": 10}
"""Tries of each sort that need not wait. An account from one address is soon closed to that address; to the whole world
only after many, or anybody could lock anybody out."""
LONGEST = 900
"""Seconds that one waits at the most; for as long failures are remembered, and four times more."""


class TooManyAttempts(LimitExceeded):
    """Too many failed tries: wait a little, then try again."""


async def begin(database: Database, keys: Sequence[str]) -> None:
    """Counts a try for each key, as a failure until it has succeeded. Raises `TooManyAttempts`, and then counts none."""
    async with database.transaction() as db:
        for key in sorted(keys):
            if not await attempts.count(db, key, FREE[key.split(" ", 1)[0]], LONGEST):
                raise TooManyAttempts


async def succeeded(database: Database, keys: Sequence[str]) -> None:
    """They were no failures. What an account failed before is forgotten; what an address did, which many share, is not."""
    shared = [key for key in keys if key.startswith("address ")]
    await attempts.undo(database.pool, shared)
    await attempts.forget(database.pool, [key for key in keys if key not in shared])


def keys_of(login: str, address: str | None) -> list[str]:
    """What a try to sign in is counted for."""
    return [f"login-at {login} {address}", f"login {login}", f"address {address}"]
