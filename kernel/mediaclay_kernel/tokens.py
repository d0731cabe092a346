"""Access tokens: verified without asking anyone (RFC 9068), and fetched for our own services (RFC 6749, 4.4)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from typing import Any, Protocol
from urllib.parse import quote_plus
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from mediaclay_kernel.errors import Unauthenticated, Unavailable
from mediaclay_kernel.principal import NOBODY, Principal, PrincipalType
from mediaclay_kernel.settings import Settings

log = logging.getLogger(__name__)

LEEWAY = 5
REFETCH = 5.0
"""Seconds between two fetches of the keys, however many unknown ones are named."""
REMEMBERED = 10_000


class Keys(Protocol):
    """Where public keys come from."""

    async def get(self, kid: str | None) -> KeySet:
        """The keys, fetched again if `kid` is not among them. Raises `Unavailable`."""
        ...


class RemoteKeys:
    """The keys that an issuer publishes (RFC 7517), kept in memory."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = url
        self._http = http
        self._keys: KeySet | None = None
        self._fetched = -REFETCH

    async def get(self, kid: str | None) -> KeySet:
        """See `Keys`."""
        if self._keys is not None and any(key.kid == kid for key in self._keys.keys):
            return self._keys
        if time.monotonic() - self._fetched >= REFETCH or self._keys is None:
            self._keys = await self._fetch()
            self._fetched = time.monotonic()
        return self._keys

    async def _fetch(self) -> KeySet:
        try:
            response = await self._http.get(self._url, timeout=2)
            response.raise_for_status()
            return KeySet.import_key_set(response.json())
        except (httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError, JoseError) as error:
            raise Unavailable("The keys of the issuer can't be had; try again.") from error


class Verifier:
    """Turns an access token into a principal."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        self._keys = keys
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY, iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience}, exp={"essential": True}, iat={"essential": True},
            sub={"essential": True},
        )  # fmt: skip
        self._seen: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """The principal of an Authorization header; `NOBODY` without one.

        Raises `Unauthenticated` for a token that is not good, `Unavailable` where the keys can't be had.
        """
        if (known := self.known(authorization)) is not None:
            return known
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("The Authorization header must be 'Bearer <token>'.")
        claims = await self._verify(token)
        principal = _principal(claims)
        self._seen[authorization or ""] = principal, float(claims["exp"]) + LEEWAY
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return principal

    def known(self, authorization: str | None) -> Principal | None:
        """The principal of a header that was verified before and is still good; None for any other."""
        if authorization is None:
            return NOBODY
        found = self._seen.get(authorization)
        return found[0] if found is not None and found[1] > time.time() else None

    def until(self, authorization: str | None) -> float | None:
        """When (by `time.time()`) the token of a header that was verified ends; None without a token."""
        found = None if authorization is None else self._seen.get(authorization)
        return None if found is None else found[1]

    async def _verify(self, token: str) -> dict[str, Any]:
        try:
            header: dict[str, Any] = dict(_header(token))
            keys = await self._keys.get(header.get("kid"))
            decoded = jwt.decode(token, keys, algorithms=["ES256"])
            if str(decoded.header.get("typ", "")).lower() not in {"at+jwt", "application/at+jwt"}:
                raise Unauthenticated("The token is not an access token.")
            self._claims.validate(decoded.claims)
        except (JoseError, ValueError, KeyError) as error:
            log.debug("Token refused: %s", type(error).__name__)
            raise Unauthenticated("The access token is not valid, or has expired.") from error
        return decoded.claims


def _header(token: str) -> dict[str, Any]:
    from joserfc.jws import extract_compact

    return extract_compact(token.encode()).headers()


def _principal(claims: dict[str, Any]) -> Principal:
    try:
        actors: list[UUID] = []
        act = claims.get("act")
        while act is not None:  # the outermost actor is the current one (RFC 8693, 4.1)
            actors.append(UUID(act["sub"]))
            act = act.get("act")
        return Principal(
            UUID(claims["sub"]), PrincipalType(claims.get("ptype", "HUMAN")),
            frozenset(str(claims.get("scope", "")).split()), tuple(actors),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unauthenticated("The access token names no principal of ours.") from error


class ServiceTokens:
    """Access tokens of our own services, by the client credentials grant, kept until shortly before they end."""

    CLIENT = "services"

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._secret = settings.service_secret
        self._url = f"{settings.issuer.rstrip('/')}/oauth/token"
        self._http = http
        self._token = ""
        self._until = 0.0
        self._fetching = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """The Authorization header to send; none where no secret is set. Raises `Unavailable`."""
        if self._secret is None:
            return {}
        async with self._fetching:  # who asks at the same moment waits for the same token
            if time.monotonic() >= self._until:
                await self._fetch(self._secret.get_secret_value())
        return {"Authorization": f"Bearer {self._token}"}

    async def _fetch(self, secret: str) -> None:
        form = {"grant_type": "client_credentials", "scope": "clay.read"}
        auth = self.CLIENT, quote_plus(secret)  # form-encoded before it is joined (RFC 6749, 2.3.1)
        try:
            response = await self._http.post(self._url, data=form, auth=auth, timeout=3)
            response.raise_for_status()
            answer: dict[str, Any] = response.json()
            self._token = str(answer["access_token"])
            self._until = time.monotonic() + max(float(answer.get("expires_in", 60)) - 30, 1)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise Unavailable("The issuer gives our services no token; try again.") from error
