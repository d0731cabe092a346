"""Clients prove who they are: by a secret, or by an assertion that they signed (RFC 7523, private_key_jwt)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, cast

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import to_bytes, urlsafe_b64decode
from mediaclay_kernel.tokens import ASYMMETRIC, LEEWAY, Registry

from mediaclay_identity import secret
from mediaclay_identity.oidc.errors import OAuthError, Unknown
from mediaclay_identity.oidc.form import Presented
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.records import ClientRecord
from mediaclay_identity.store import clients

LONGEST_LIFE = 600
"""Seconds that an assertion may be good for."""
LONGEST = 16 * 1024
"""Characters of an assertion."""


async def identified(provider: Provider, presented: Presented) -> ClientRecord:
    """A client that is what it says: public ones by their name, others by proof. Raises `OAuthError`."""
    if presented.assertion is not None:
        return await _asserted(provider, presented)
    if presented.client_id is None:
        raise Unknown
    client = await provider.client(presented.client_id)
    # Compared even where there is nobody, so that the time tells nothing.
    is_right = secret.matches(presented.secret or "", client and client.secret_hash)
    if client is None or (not client.is_public and not is_right) or (client.is_public and presented.secret is not None):
        raise Unknown
    return client


async def proved(provider: Provider, presented: Presented) -> ClientRecord:
    """A client that has proved who it is. Raises `OAuthError`, also for a public one."""
    client = await identified(provider, presented)
    if client.is_public:
        raise Unknown
    return client


async def _asserted(provider: Provider, presented: Presented) -> ClientRecord:
    header, claims = _read(presented.assertion or "")
    named = claims.get("sub")
    if not isinstance(named, str) or claims.get("iss") != named or presented.client_id not in (None, named):
        raise Unknown
    client = await provider.client(named)
    if client is None or (client.jwks is None and client.jwks_url is None):
        raise Unknown
    kid = header.get("kid")
    key = await provider.client_keys.get(client, kid if isinstance(kid, str) else None)
    algorithm = header.get("alg")
    if key is None or algorithm not in ASYMMETRIC or key.alg not in (None, algorithm):
        raise Unknown
    try:
        jws.deserialize_compact(to_bytes(presented.assertion or ""), key, registry=Registry([str(algorithm)]))
    except (JoseError, ValueError, TypeError) as error:
        raise Unknown from error
    await _use(provider, client, claims)
    return client


async def _use(provider: Provider, client: ClientRecord, claims: dict[str, Any]) -> None:
    """An assertion is for us, for now, and for once."""
    now, ends, jti, said = time.time(), claims.get("exp"), claims.get("jti"), claims.get("aud")
    audiences = cast("list[Any]", said if isinstance(said, list) else [said])
    if not any(each in audiences for each in (provider.terms.issuer, f"{provider.issuer}/oauth/token")):
        raise Unknown
    if not isinstance(ends, int | float) or not now - LEEWAY < ends <= now + LONGEST_LIFE:
        raise Unknown
    begins = claims.get("nbf", now)
    if (
        not isinstance(begins, int | float)
        or begins > now + LEEWAY
        or not isinstance(jti, str)
        or not 0 < len(jti) <= 256
    ):
        raise Unknown
    life = timedelta(seconds=ends - now + 2 * LEEWAY)
    if "\0" in jti or not await clients.use_assertion(provider.database.pool, client.client_id, jti, life):
        raise Unknown


def _read(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        if len(assertion) > LONGEST:
            raise ValueError("it is too long")
        header, claims, _ = (part.encode("ascii") for part in assertion.split("."))
        read = orjson.loads(urlsafe_b64decode(header)), orjson.loads(urlsafe_b64decode(claims))
        if not all(isinstance(part, dict) for part in read):
            raise ValueError("it is no object")
    except ValueError as error:
        raise OAuthError("invalid_client", "The client assertion is no JWT.", 401) from error
    return read
