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
    """A principal that can get tokens for a secret, with what its owner adds to the decision."""

    principal: PrincipalRecord
    secret_hash: bytes | None
    owner_scopes: tuple[str, ...] | None
    owner_disabled: bool


class KeyRecord(NamedTuple):
    """A signing key as a private JWK."""

    kid: str
    private: dict[str, Any]


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
