"""Access tokens of our own services, by the client credentials grant (RFC 6749, 4.4)."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import quote_plus

import httpx

from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.settings import Settings


class ServiceTokens:
    """Tokens of our own services, kept until shortly before they end."""

    CLIENT = "services"

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._secret = settings.service_secret
        self._url = f"{settings.identity_url}/oauth/token"
        self._http = http
        self._token = ""
        self._until = 0.0
        self._fetching = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """The Authorization header to send; none where no secret is set. Raises `Unavailable`."""
        if self._secret is None:
            return {}
        if time.monotonic() >= self._until:
            async with self._fetching:
                if time.monotonic() >= self._until:
                    await self._fetch(self._secret.get_secret_value())
        return {"Authorization": f"Bearer {self._token}"}

    async def _fetch(self, secret: str) -> None:
        form = {"grant_type": "client_credentials", "scope": f"{Scope.READ} {Scope.INTERNAL}"}
        auth = self.CLIENT, quote_plus(secret)  # form-encoded before it is joined (RFC 6749, 2.3.1)
        try:
            response = await self._http.post(self._url, data=form, auth=auth, timeout=3)
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
            self._token = str(answer["access_token"])
            self._until = time.monotonic() + max(float(answer.get("expires_in", 60)) - 30, 1)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Unavailable("The issuer gives our services no token; try again.") from error
