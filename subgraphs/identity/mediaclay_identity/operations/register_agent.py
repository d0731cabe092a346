"""A human registers an agent, and answers for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Forbidden, LimitExceeded
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import PrincipalType, Scope

from mediaclay_identity import events, scopes, secret
from mediaclay_identity.operations.caller import lock_caller
from mediaclay_identity.operations.note import note
from mediaclay_identity.records import Credentials, NewPrincipal
from mediaclay_identity.store import principals

LONGEST_NAME = 1024


@dataclass(frozen=True, slots=True)
class RegisterAgent:
    """A name for people to read, and the scopes that the agent will hold."""

    name: str
    scopes: Sequence[str]


async def register_agent(work: UnitOfWork, command: RegisterAgent) -> Credentials:
    """The new agent and its secret.

    Raises `Unauthenticated`; `Forbidden` unless a human asks, in person, for scopes that its own token holds;
    `BadUserInput` and `LimitExceeded` for the name and the scopes.
    """
    owner = await lock_caller(work)
    if owner.type is not PrincipalType.HUMAN or work.principal.actors:
        raise Forbidden("Only a human, in person, registers agents.")
    asked = scopes.parse(command.scopes)
    if not asked:
        raise BadUserInput("Name at least one scope; an agent without any can do nothing.")
    if Scope.APPROVE in asked:
        raise BadUserInput(f"{Scope.APPROVE} is for humans alone: no agent may hold it.")
    if missing := [scope for scope in asked if scope not in work.principal.scopes]:
        raise Forbidden(f"Your token lacks the scope {missing[0]}, so it can't be handed on.")
    name = checked_name(command.name)
    new, made = new_id(), secret.new_secret()
    agent = await principals.add(
        work.connection,
        NewPrincipal(new, PrincipalType.AGENT, name, asked, owner.id, str(new), secret.hashed(made)),
    )
    work.record(events.agent_registered(agent))
    details = {"name": agent.name, "scopes": list(agent.scopes)}
    await note(work.connection, "AGENT_REGISTERED", work.principal, subject=agent.id, details=details)
    return Credentials(agent, str(new), made)


def checked_name(name: str) -> str:
    """The name without space around it. Raises `BadUserInput` and `LimitExceeded`."""
    name = name.strip()
    if not name:
        raise BadUserInput("The name is empty.")
    if len(name) > LONGEST_NAME:
        raise LimitExceeded(f"A name has at most {LONGEST_NAME} characters.", limit=LONGEST_NAME)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        raise BadUserInput("The name has a control character, or half a surrogate pair.")
    return name
