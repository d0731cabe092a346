"""The public keys of clients that sign assertions, registered or at an address of theirs."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.tokens import RemoteKeys

from mediaclay_identity.records import ClientRecord

KEPT = 1000
"""Clients whose keys are kept in memory."""


class ClientKeys:
    """Finds the key that a client signed with."""

    def __init__(self, trusted: httpx.AsyncClient, guarded: httpx.AsyncClient) -> None:
        """`trusted` reaches what operators registered, `guarded` what strangers name."""
        self._trusted = trusted
        self._guarded = guarded
        self._remote: OrderedDict[str, RemoteKeys] = OrderedDict()

    async def get(self, client: ClientRecord, kid: str | None) -> Key | None:
        """The key; where a client has only one, it need not be named. Raises `Unavailable`."""
        if client.jwks_url is not None:
            return None if kid is None else await self._keys(client.jwks_url, client.is_document).get(kid)
        known: list[dict[str, Any]] = (client.jwks or {}).get("keys", [])
        fits = [key for key in known if kid is None or key.get("kid") == kid]
        if len(fits) != 1 or fits[0].get("kty") == "oct":
            return None
        try:
            return JWKRegistry.import_key(fits[0])
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unavailable("The client's key can't be read.") from error

    def _keys(self, url: str, is_strange: bool) -> RemoteKeys:
        found = self._remote.get(url)
        if found is None:
            found = self._remote[url] = RemoteKeys(url, self._guarded if is_strange else self._trusted)
            if len(self._remote) > KEPT:
                self._remote.popitem(last=False)
        return found
