"""What is said of a token that somebody shows: introspection, revocation, userinfo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mediaclay_kernel.errors import Forbidden, Unauthenticated
from mediaclay_kernel.principal import Principal, PrincipalType

from mediaclay_identity import scopes, secret
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations.issue_token import chained
from mediaclay_identity.operations.note import note
from mediaclay_identity.records import ClientRecord
from mediaclay_identity.store import delegations, logins, principals

INACTIVE: Mapping[str, Any] = {"active": False}


async def introspected(provider: Provider, client: ClientRecord, token: str) -> Mapping[str, Any]:
    """What a token says (RFC 7662), to its own client and to services; to others nothing but that it is not good."""
    refresh = await delegations.look_at_refresh(provider.database.pool, secret.hashed(token))
    if refresh is not None:
        is_good = not (refresh.was_used or refresh.is_expired or refresh.delegation.revoked_at)
        if not is_good or refresh.delegation.client_id != client.client_id:
            return INACTIVE
        found = refresh.delegation
        return {
            "active": True, "client_id": found.client_id, "sub": str(found.principal), "scope": " ".join(found.scopes),
            "exp": int(found.expires_at.timestamp()), "iss": provider.terms.issuer,
        }  # fmt: skip
    try:
        principal = await provider.wide_verifier.principal(f"Bearer {token}")
        _, said = await provider.wide_verifier.verified(token)
    except Unauthenticated:
        return INACTIVE
    is_service = client.principal is not None and client.principal.type is PrincipalType.SERVICE
    if not is_service and said.client_id != client.client_id:
        return INACTIVE
    body: dict[str, Any] = {
        "active": True, "sub": str(principal.id), "scope": " ".join(sorted(principal.scopes)), "token_type": "Bearer",
        "exp": int(said.expires_at), "iat": int(said.issued_at), "iss": provider.terms.issuer,
        "client_id": said.client_id,
    }  # fmt: skip
    return {**body, "act": chained(principal.actors)} if principal.actors else body


async def revoke(provider: Provider, client: ClientRecord, token: str, address: str | None) -> None:
    """Ends what came of the sign-in that a refresh token is of (RFC 7009). An unknown token is none, and no error.

    Raises `OAuthError` for an access token: those end by themselves, within minutes.
    """
    async with provider.database.transaction() as db:
        found = await delegations.look_at_refresh(db, secret.hashed(token))
        if found is not None and found.delegation.client_id == client.client_id:
            await delegations.revoke(db, found.delegation.id)
            who = Principal(found.delegation.principal)
            return await note(db, "TOKEN_REVOKED", who, client_id=client.client_id, address=address)
    try:
        await provider.wide_verifier.verified(token)
    except Unauthenticated:
        return None
    raise OAuthError("unsupported_token_type", "An access token ends by itself; revoke the refresh token.")


async def userinfo(provider: Provider, authorization: str | None) -> Mapping[str, Any]:
    """Who a token's person is (OpenID Connect Core 1.0, 5.3). Raises `Unauthenticated` and `Forbidden`."""
    principal = await provider.verifier.principal(authorization)
    if principal.id is None:
        raise Unauthenticated
    if scopes.OPENID not in principal.scopes:
        raise Forbidden("The token lacks the scope openid.")
    return await _person(provider, principal.id, scopes.PROFILE in principal.scopes)


async def _person(provider: Provider, id: UUID, is_named: bool) -> Mapping[str, Any]:
    [person] = await principals.by_id(provider.database.pool, [id])
    if not is_named:
        return {"sub": str(id)}
    login = await logins.of(provider.database.pool, id)
    named = {} if login is None else {"preferred_username": login.name}
    return {"sub": str(id), "name": person.name, **named}
