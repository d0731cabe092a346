"""Signs with new keys from soon on. What the old ones signed stays good until it ends."""

from __future__ import annotations

from datetime import timedelta

from mediaclay_kernel.database import Connection

from mediaclay_identity import signing
from mediaclay_identity.limits import KEY_AHEAD
from mediaclay_identity.operations.note import note
from mediaclay_identity.store import keys

AT_ONCE = timedelta(days=-1)
"""As if they had been retired long ago."""


async def rotate_keys(db: Connection, *, older_than: timedelta | None = None, at_once: bool = False) -> list[str]:
    """New keys in the place of those that are older; answers the names of the new ones.

    With `at_once` the old ones are withdrawn, and every token that they signed with them: for keys that leaked.
    """
    await keys.lock_bootstrap(db)
    made: list[str] = []
    for algorithm in signing.ALGORITHMS:
        if older_than is not None and not await keys.is_due(db, algorithm, older_than):
            continue
        new = signing.new_key(algorithm)
        await keys.add(db, new)
        await keys.retire(db, algorithm, AT_ONCE if at_once else KEY_AHEAD, new.kid)
        made.append(new.kid)
    if made:
        await note(db, "KEYS_ROTATED", details={"kids": made, "atOnce": at_once})
    await keys.forget(db, timedelta(days=1))
    return made
