"""An agent gets a new secret; the old one is good for nothing from then on."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Conflict, Forbidden
from mediaclay_kernel.principal import PrincipalType

from mediaclay_identity import events, secret
from mediaclay_identity.operations.caller import lock_subject
from mediaclay_identity.operations.note import note
from mediaclay_identity.records import Credentials
from mediaclay_identity.store import principals


async def rotate_secret(work: UnitOfWork, subject: UUID) -> Credentials:
    """The agent and its new secret.

    Raises `Unauthenticated`, `NotFound`, `Forbidden`, `BadUserInput` for what is no agent, and `Conflict` for one that
    is disabled.
    """
    agent = await lock_subject(work, subject)
    if agent.type is not PrincipalType.AGENT or agent.client_id is None:
        raise BadUserInput("Only an agent's secret can be rotated.")
    if agent.disabled_at is not None:
        raise Conflict("The agent is disabled.")
    # Who holds the secret holds its scopes: a token must not be turned into a stronger one by this way.
    if missing := [scope for scope in agent.scopes if scope not in work.principal.scopes]:
        raise Forbidden(f"The agent holds {missing[0]}, which your token lacks.")
    made = secret.new_secret()
    await principals.set_secret(work.connection, [agent.id], secret.hashed(made))
    work.record(events.secret_rotated(agent))
    await note(work.connection, "SECRET_ROTATED", work.principal, subject=agent.id)
    return Credentials(agent, agent.client_id, made)
