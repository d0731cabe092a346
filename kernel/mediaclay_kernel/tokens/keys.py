"""An issuer's public keys, kept in memory (RFC 7517) and asked for as seldom as can be."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol, cast

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from mediaclay_kernel.errors import Unavailable

log = logging.getLogger(__name__)

REFETCH = 5.0
"""Seconds between two fetches of the keys, however many unknown ones are named."""
AFTER_FAILURE = 1.0
"""Seconds for which nobody asks again where nothing could be had."""
STALE = 60.0
"""Seconds after which the keys are looked at anew in the background, so that a withdrawn one is not good for ever."""
LARGEST = 256 * 1024
"""Bytes of a document that are read."""


class Keys(Protocol):
    """Where public keys come from."""

    async def get(self, kid: str) -> Key | None:
        """The key of that name, fetched if it is not known yet; None where there is none. Raises `Unavailable`."""
        ...


class RemoteKeys:
    """The keys at an address, or where a discovery document says that they are."""

    def __init__(self, url: str | None, http: httpx.AsyncClient, *, issuer: str = "") -> None:
        """Without `url` the discovery document of `issuer` names it."""
        self._url = url
        self._issuer = issuer
        self._http = http
        self._keys: dict[str, Key] | None = None
        self._fetched = -REFETCH
        self._failed = -AFTER_FAILURE
        self._fetching: asyncio.Task[None] | None = None
        self.on_withdrawn: Callable[[], None] | None = None
        """Told when a key is not among them any more."""

    async def get(self, kid: str) -> Key | None:
        """See `Keys`."""
        age = time.monotonic() - self._fetched
        if self._keys is not None and kid in self._keys:
            if age >= STALE and self._may_ask():
                self._begin()
            return self._keys[kid]
        if self._keys is None or age >= REFETCH:
            await self._fetch()
        return None if self._keys is None else self._keys.get(kid)

    def _may_ask(self) -> bool:
        return time.monotonic() - self._failed >= AFTER_FAILURE

    def _begin(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.get_running_loop().create_task(self._ask())
            self._fetching.add_done_callback(_heard)
        return self._fetching

    async def _fetch(self) -> None:
        """Once for all who wait."""
        if not self._may_ask():
            raise Unavailable("The keys of the issuer can't be had; try again.")
        await asyncio.shield(self._begin())

    async def _ask(self) -> None:
        try:
            if self._url is None:
                self._url = await self._discover()
            found = _imported(await self._document(self._url))
        except (httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError) as error:
            self._failed = time.monotonic()
            log.warning("The keys of %s can't be had: %s", self._issuer or self._url, type(error).__name__)
            raise Unavailable("The keys of the issuer can't be had; try again.") from error
        gone = self._keys is not None and bool(self._keys.keys() - found.keys())
        self._keys, self._fetched = found, time.monotonic()
        if gone and self.on_withdrawn is not None:
            self.on_withdrawn()

    async def _discover(self) -> str:
        said = await self._document(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if said["issuer"] != self._issuer:  # OpenID Connect Discovery 1.0, 4.3
            raise ValueError("the discovery document is another issuer's")
        return str(said["jwks_uri"])

    async def _document(self, url: str) -> dict[str, Any]:
        response = await self._http.get(url, timeout=2)
        response.raise_for_status()
        if len(response.content) > LARGEST:
            raise ValueError("the document is too large")
        return response.json()


def _heard(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()  # whoever waits is told; a fetch in the background has nobody


def _imported(document: dict[str, Any]) -> dict[str, Key]:
    """Signing keys by their names; what we don't understand is left out (RFC 7517, 5). Raises `ValueError` for none."""
    found: dict[str, Key] = {}
    for each in cast("list[Any]", document["keys"]):
        try:
            if each.get("use", "sig") == "sig" and isinstance(each.get("kid"), str) and each["kty"] != "oct":
                found[each["kid"]] = JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            log.debug("A key of an issuer is left out")
    if not found:
        raise ValueError("there are no keys")
    return found
