"""Somebody may not act any more, or not by the tokens of before: said so that every process hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork

from mediaclay_identity import events
from mediaclay_identity.store import delegations, logins, principals, standings


async def end_for_ever(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    """These principals are disabled: their tokens, sessions and delegations end."""
    await _end(work, ids)
    work.record(events.standing_changed(ids, None))


async def end_before_now(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    """Everything that these principals got until now ends. What they get from the next second on is good."""
    least = int(datetime.now(UTC).timestamp()) + 1
    await standings.sign_out(work.connection, ids, datetime.fromtimestamp(least, UTC))
    await _end(work, ids)
    work.record(events.standing_changed(ids, float(least)))


async def with_agents(work: UnitOfWork, principal: UUID) -> list[UUID]:
    """A human and the agents that it answers for."""
    return [principal, *(agent.id for agent in await principals.owned_by(work.connection, [principal]))]


async def _end(work: UnitOfWork, ids: Sequence[UUID]) -> None:
    await logins.close_sessions(work.connection, ids)
    await delegations.revoke_of(work.connection, ids)
