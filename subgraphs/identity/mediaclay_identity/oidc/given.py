"""What a client is given: access token, refresh token, ID token."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass
from typing import Any

from mediaclay_kernel.database import Connection
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity import scopes, signing
from mediaclay_identity.limits import TOKEN_SECONDS
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations.issue_token import Wanted, issue
from mediaclay_identity.operations.redeem import new_refresh
from mediaclay_identity.records import AccessToken, ClientRecord, Delegation
from mediaclay_identity.store import keys, principals


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of the token endpoint."""

    access: AccessToken
    refresh: str | None = None
    id_token: str | None = None
    issued_type: str | None = None

    def body(self) -> dict[str, Any]:
        """As RFC 6749, 5.1 writes it."""
        said = {
            "access_token": self.access.token, "token_type": "Bearer", "expires_in": self.access.seconds,
            "scope": " ".join(self.access.scopes), "refresh_token": self.refresh, "id_token": self.id_token,
            "issued_token_type": self.issued_type,
        }  # fmt: skip
        return {name: value for name, value in said.items() if value is not None}


async def given(provider: Provider, db: Connection, client: ClientRecord, delegation: Delegation, how: How) -> Given:
    """The tokens of a delegation: never more than person and client hold at this moment. Raises `OAuthError`."""
    [person] = await principals.by_id(db, [delegation.principal])
    if person.disabled_at is not None:
        raise OAuthError("invalid_grant", "The person may not act any more.")
    agent = client.principal if client.principal is not None else None
    ours = set(how.scopes) & set(person.scopes) & set(client.scopes)
    held = scopes.for_agents(ours) if agent is not None else scopes.ordered(ours)
    openid = tuple(scope for scope in scopes.OIDC if scope in how.scopes)
    wanted = Wanted(
        person, client.client_id, (*openid, *held), () if agent is None else (agent.id,), how.audience,
        client.token_format, None, delegation.id,
    )  # fmt: skip
    access = await issue(db, provider.terms, wanted, how.grant, how.address)
    refresh = await new_refresh(db, delegation) if scopes.OFFLINE in delegation.scopes else None
    id_token = await _id_token(provider, db, delegation, access.token) if scopes.OPENID in openid else None
    return Given(access, refresh, id_token)


@dataclass(frozen=True, slots=True)
class How:
    """By which grant, for which scopes and audience, and from where."""

    grant: str
    scopes: tuple[str, ...]
    audience: str
    address: str | None


async def _id_token(provider: Provider, db: Connection, delegation: Delegation, access: str) -> str:
    key = await keys.signing(db)
    assert key is not None  # an access token was signed a moment ago
    now = int(time.time())
    claims = {
        "iss": provider.terms.issuer, "sub": str(delegation.principal), "aud": delegation.client_id, "iat": now,
        "exp": now + TOKEN_SECONDS, "auth_time": int(delegation.auth_time.timestamp()), "amr": [delegation.method],
        "sid": str(delegation.id), "at_hash": _half(access), "nonce": delegation.nonce,
    }  # fmt: skip
    return signing.sign_id_token(key, {name: value for name, value in claims.items() if value is not None})


def _half(token: str) -> str:
    """The left half of the SHA-256 (OpenID Connect Core 1.0, 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def is_agent(client: ClientRecord) -> bool:
    """Whether an agent for which a human answers."""
    return client.principal is not None and client.principal.type is PrincipalType.AGENT
