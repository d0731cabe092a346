"""What has happened to principals. Each principal is a stream of the changelog; no event holds a secret or its hash."""

from __future__ import annotations

from mediaclay_kernel.changelog import Event

from mediaclay_identity.records import PrincipalRecord


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
