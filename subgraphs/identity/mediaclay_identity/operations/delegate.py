"""A person at a browser allows a client to act for them: by a code that the browser carries, or on a device."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mediaclay_kernel.database import Connection
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal

from mediaclay_identity import secret
from mediaclay_identity.limits import CODE, DELEGATION
from mediaclay_identity.operations.note import note
from mediaclay_identity.records import ClientRecord, Delegation, SessionRecord
from mediaclay_identity.store import clients, delegations


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a person allowed which client, and where its tokens are for."""

    client: ClientRecord
    scopes: Sequence[str]
    audience: str
    nonce: str | None = None
    address: str | None = None


async def delegate(db: Connection, session: SessionRecord, allowed: Allowed) -> Delegation:
    """The delegation; a client that is registered is remembered as allowed so much."""
    now = datetime.now(UTC)
    new = Delegation(
        new_id(), session.principal.id, allowed.client.client_id, tuple(allowed.scopes), allowed.audience, allowed.nonce,
        session.began_at, session.method, None, now + DELEGATION,
    )  # fmt: skip
    await delegations.add(db, new, DELEGATION)
    await clients.allow(db, session.principal.id, allowed.client.client_id, allowed.scopes)
    who = Principal(session.principal.id, session.principal.type)
    details = {"scopes": list(allowed.scopes), "client": allowed.client.name}
    await note(db, "CLIENT_ALLOWED", who, client_id=new.client_id, address=allowed.address, details=details)
    return new


async def grant_code(db: Connection, delegation: Delegation, redirect_uri: str, challenge: str) -> str:
    """An authorization code, good once and for a minute."""
    made = secrets.token_urlsafe(32)
    await delegations.add_code(db, secret.hashed(made), delegation.id, redirect_uri, challenge, CODE)
    return made


async def refuse(db: Connection, session: SessionRecord, client: ClientRecord, address: str | None) -> None:
    """The person said no."""
    who = Principal(session.principal.id, session.principal.type)
    await note(db, "CLIENT_ALLOWED", who, succeeded=False, client_id=client.client_id, address=address)
