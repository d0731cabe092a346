"""Rows of identity, and what its operations give back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.rights import Role


class PrincipalRecord(NamedTuple):
    """Who can act. `owner` is the human who answers for an agent."""

    id: UUID
    type: PrincipalType
    name: str
    owner: UUID | None
    client_id: str | None
    scopes: tuple[str, ...]
    built_in: str | None
    disabled_at: datetime | None
    created_at: datetime


class NewPrincipal(NamedTuple):
    """A principal that is to be added; the database gives it its time."""

    id: UUID
    type: PrincipalType
    name: str
    scopes: tuple[str, ...]
    owner: UUID | None = None
    client_id: str | None = None
    secret_hash: bytes | None = None
    built_in: str | None = None


class ClientRecord(NamedTuple):
    """Whoever may ask for tokens: an application that people sign in to, or a principal that acts by itself.

    `principal` is None for an application. Of `secret_hash`, `jwks` and `jwks_url` there is one at the most; a client
    without any of them can't prove who it is.
    """

    client_id: str
    name: str
    scopes: tuple[str, ...]
    """What its tokens may be good for at the most; an agent's never exceed those of the human who answers for it."""
    is_disabled: bool
    """By itself, or together with its owner."""
    token_format: str = "jwt"  # noqa: S105
    secret_hash: bytes | None = None
    jwks: dict[str, Any] | None = None
    jwks_url: str | None = None
    redirect_uris: tuple[str, ...] = ()
    principal: PrincipalRecord | None = None
    is_document: bool = False
    """Whether it is described by a document of its own, and registered nowhere."""

    @property
    def is_public(self) -> bool:
        """Whether it has nothing to prove who it is with."""
        return self.secret_hash is None and self.jwks is None and self.jwks_url is None


class Delegation(NamedTuple):
    """What a person allowed a client at one sign-in."""

    id: UUID
    principal: UUID
    client_id: str
    scopes: tuple[str, ...]
    audience: str
    nonce: str | None
    auth_time: datetime
    method: str
    revoked_at: datetime | None
    expires_at: datetime


class CodeRecord(NamedTuple):
    """An authorization code that was presented."""

    delegation: Delegation
    redirect_uri: str
    challenge: str
    was_used: bool
    is_expired: bool


class RefreshRecord(NamedTuple):
    """A refresh token that was presented."""

    delegation: Delegation
    was_used: bool
    is_expired: bool


class DeviceRecord(NamedTuple):
    """A device that waits for somebody to allow it something."""

    user_code: str
    client_id: str
    scopes: tuple[str, ...]
    audience: str
    every: int
    asked_at: datetime | None
    delegation: UUID | None
    denied_at: datetime | None
    expires_at: datetime


class LoginRecord(NamedTuple):
    """How a human signs in."""

    principal: PrincipalRecord
    name: str
    password_hash: str | None


class PasskeyRecord(NamedTuple):
    """A passkey; its private half never leaves the human's device."""

    credential_id: bytes
    principal: UUID
    public_key: bytes
    sign_count: int
    label: str
    created_at: datetime
    used_at: datetime | None


class SessionRecord(NamedTuple):
    """A browser that is signed in. `method` is that of RFC 8176: `pwd` or `hwk`."""

    hash: bytes
    principal: PrincipalRecord
    method: str
    began_at: datetime


class AuditRecord(NamedTuple):
    """Something that was done, or was tried in vain."""

    id: UUID
    at: datetime
    type: str
    succeeded: bool
    principal: UUID | None
    actors: tuple[UUID, ...]
    client_id: str | None
    subject: UUID | None
    address: str | None
    details: dict[str, Any]


class AuditPage(NamedTuple):
    """A run of the audit, newest first, and whether others stand before and behind it."""

    type: str | None
    principal: UUID | None
    events: list[AuditRecord]
    before: bool
    behind: bool


class KeyRecord(NamedTuple):
    """A signing key as a private JWK, for one sort of tokens."""

    kid: str
    private: dict[str, Any]
    algorithm: str = "ES256"


class PrincipalPage(NamedTuple):
    """A run of principals in the order of their ids, and whether others stand before and behind it."""

    type: PrincipalType | None
    principals: list[PrincipalRecord]
    before: bool
    behind: bool


class Credentials(NamedTuple):
    """What a client authenticates with. The secret is known here and then never again."""

    principal: PrincipalRecord
    client_id: str
    client_secret: str


class AccessToken(NamedTuple):
    """A signed token, its life in seconds and the scopes that it carries."""

    token: str
    seconds: int
    scopes: tuple[str, ...]


class NewGrant(NamedTuple):
    """A role on a node that is to be granted, for ever or until a moment."""

    id: UUID
    principal: UUID
    node: UUID
    role: Role
    expires_at: datetime | None
    granted_by: UUID


class GrantRecord(NamedTuple):
    """A role of a principal on a node and all below it."""

    id: UUID
    principal: UUID
    node: UUID
    role: Role
    expires_at: datetime | None
    granted_by: UUID
    created_at: datetime
    revoked_at: datetime | None


class NodeKey(NamedTuple):
    """A node, by its id; where it is known, with the ids from the root down to it."""

    id: UUID
    line: tuple[UUID, ...] | None = None


class PageInfoRecord(NamedTuple):
    """Where a page stands in its list, as Relay says it."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
