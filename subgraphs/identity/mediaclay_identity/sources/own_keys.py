"""Our own public keys, from the database: identity need not ask itself over HTTP to judge what it signed."""

from __future__ import annotations

import time

from joserfc.jwk import JWKRegistry, Key
from mediaclay_kernel.database import Database, reachable

from mediaclay_identity.limits import KEY_KEPT
from mediaclay_identity.store import keys

FRESH = 5.0
"""Seconds for which the keys are kept in memory, however many unknown ones are named."""


class OwnKeys:
    """A `tokens.Keys` on the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[str, Key] = {}
        self._read_at = -FRESH

    async def get(self, kid: str) -> Key | None:
        """See `Keys`."""
        if time.monotonic() - self._read_at >= FRESH:
            async with reachable():
                found = await keys.published(self._database.pool, KEY_KEPT)
            self._keys = {each.kid: JWKRegistry.import_key(each.private) for each in found}
            self._read_at = time.monotonic()
        return self._keys.get(kid)
