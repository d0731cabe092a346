"""Clients that nobody registered: their id is the https address of a document that describes them.

OAuth Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import orjson
from mediaclay_kernel.principal import Scope

from mediaclay_identity.oidc import guarded, redirects
from mediaclay_identity.oidc.errors import ShownError
from mediaclay_identity.records import ClientRecord

LARGEST = 5 * 1024
"""Bytes of a document."""
FRESH, BROKEN = 600.0, 10.0
"""Seconds for which a document is kept, and for which nobody asks again where there was none."""
KEPT = 1000
LONGEST_NAME = 100
MAY = Scope.READ, Scope.WRITE
"""What such a client may ask for at the most."""


class Documents:
    """Reads them, and keeps them for a while."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._kept: OrderedDict[str, tuple[float, ClientRecord | None]] = OrderedDict()

    async def client(self, client_id: str) -> ClientRecord | None:
        """The client that an address describes; None where it describes none."""
        until, found = self._kept.get(client_id, (0.0, None))
        if time.monotonic() >= until:
            found = await self._fetched(client_id)
            self._kept[client_id] = time.monotonic() + (BROKEN if found is None else FRESH), found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    async def _fetched(self, client_id: str) -> ClientRecord | None:
        if not is_id(client_id):
            return None
        try:
            return described(client_id, orjson.loads(await guarded.read(self._http, client_id, LARGEST)))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, TimeoutError, ShownError):
            return None


def is_id(address: str) -> bool:
    """Whether an address may be a client's id: https, a path, and nothing that two readers could read differently."""
    try:
        parts = urlsplit(address)
        plain = parts.username is None and parts.password is None and parts.port in (None, 443)
    except ValueError:
        return False
    dotted = any(segment in (".", "..") for segment in parts.path.split("/"))
    is_clean = not any(ord(character) <= 32 or character == "\\" for character in address)
    return bool(
        parts.scheme == "https" and parts.hostname and len(parts.path) > 1 and plain and is_clean and not dotted
        and "#" not in address and len(address) <= 1024
    )  # fmt: skip


def described(client_id: str, document: Any) -> ClientRecord:
    """The client. Raises `ValueError`, `TypeError` and `ShownError` for a document that does not fit."""
    if not isinstance(document, dict):
        raise TypeError("it is no object")
    said = cast("dict[str, Any]", document)
    if said.get("client_id") != client_id:
        raise ValueError("it is another client's")
    if "client_secret" in said:
        raise ValueError("a secret in public is none")
    uris = cast("list[Any]", said.get("redirect_uris"))
    addresses = tuple(redirects.checked(str(uri)) for uri in uris)
    method = said.get("token_endpoint_auth_method", "none")
    if method not in ("none", "private_key_jwt") or not addresses:
        raise ValueError("it can't be served")
    keys: dict[str, Any] = {}
    if method == "private_key_jwt":
        keys = {"jwks": said.get("jwks"), "jwks_url": None if said.get("jwks") else str(said["jwks_uri"])}
    host = urlsplit(client_id).hostname or ""
    name = str(said.get("client_name") or host)[:LONGEST_NAME]
    return ClientRecord(client_id, name, MAY, False, redirect_uris=addresses, is_document=True, **keys)
