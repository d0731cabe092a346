"""Which principal a subject of another issuer is: identity knows, and makes one at first sight."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

import httpx

from mediaclay_kernel.errors import Unauthenticated, Unavailable

PATH = "/v1/principal"
"""Of the identity subgraph: asked with the token itself, which it verifies on its own."""


class Directory(Protocol):
    """Knows principals by the issuers and subjects of tokens."""

    async def principal(self, authorization: str) -> UUID:
        """The principal of a token of another issuer. Raises `Unauthenticated` and `Unavailable`."""
        ...


class RemoteDirectory:
    """The identity subgraph at `url`, without a path."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/") + PATH
        self._http = http

    async def principal(self, authorization: str) -> UUID:
        """See `Directory`."""
        try:
            response = await self._http.post(self._url, headers={"Authorization": authorization}, timeout=3)
            if response.status_code == Unauthenticated.status:
                raise Unauthenticated("The access token is not valid, or has expired.")
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
            return UUID(answer["id"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Unavailable("Who the token's subject is can't be had now; try again.") from error
