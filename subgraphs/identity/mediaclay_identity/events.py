"""What has happened to principals. Each principal is a stream of the changelog; no event holds a secret or its hash.

All grants are one stream, whose order is what other processes go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from mediaclay_kernel.access import STREAM
from mediaclay_kernel.changelog import Event
from mediaclay_kernel.watching import LEAST, PRINCIPALS

from mediaclay_identity.records import GrantRecord, PrincipalRecord


def agent_registered(agent: PrincipalRecord) -> Event:
    """A human registered an agent."""
    details = {"name": agent.name, "owner": str(agent.owner), "scopes": list(agent.scopes)}
    return Event("AGENT_REGISTERED", agent.id, agent.id, details)


def secret_rotated(agent: PrincipalRecord) -> Event:
    """An agent's secret was replaced."""
    return Event("SECRET_ROTATED", agent.id, agent.id, {})


def principal_disabled(principal: PrincipalRecord) -> Event:
    """A principal was disabled."""
    return Event("PRINCIPAL_DISABLED", principal.id, principal.id, {})


def access_granted(grant: GrantRecord) -> Event:
    """A role on a node was granted."""
    return _of_grant("GRANTED", grant)


def access_revoked(grant: GrantRecord) -> Event:
    """A grant was taken back."""
    return _of_grant("REVOKED", grant)


def access_expired(grant: GrantRecord) -> Event:
    """The time of a grant is over."""
    return _of_grant("EXPIRED", grant)


def _of_grant(type_: str, grant: GrantRecord) -> Event:
    details: dict[str, Any] = {
        "principal": grant.principal, "node": grant.node, "role": grant.role.name, "expiresAt": grant.expires_at,
    }  # fmt: skip
    return Event(type_, STREAM, grant.id, details, within=[grant.principal])


STANDINGS = UUID("018f0000-0000-7000-8000-000000000001")
"""The one stream on which every process follows who may act."""


def standing_changed(principals: Sequence[UUID], least_iat: float | None) -> Event:
    """Tokens of these that were issued before `least_iat` are of no more use; None: nor is any other."""
    details = {PRINCIPALS: [str(each) for each in principals], LEAST: least_iat}
    return Event("STANDING_CHANGED", STANDINGS, principals[0], details)
