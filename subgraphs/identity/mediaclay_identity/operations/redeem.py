"""A client hands in a code or a refresh token. What was handed in before ends everything that came of it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from authlib.oauth2 import rfc7636
from mediaclay_kernel.database import Connection
from mediaclay_kernel.principal import Principal

from mediaclay_identity import secret
from mediaclay_identity.limits import REFRESH
from mediaclay_identity.operations.note import note
from mediaclay_identity.records import Delegation
from mediaclay_identity.store import delegations

_challenge: Callable[[str], str] = cast("Any", rfc7636).create_s256_code_challenge


class Refused(NamedTuple):
    """Why nothing is given. It is an answer and no exception: what was done about it must be committed."""

    reason: str


class Handed(NamedTuple):
    """A code as a client hands it in."""

    code: str
    client_id: str
    redirect_uri: str
    verifier: str


async def redeem_code(db: Connection, handed: Handed) -> Delegation | Refused:
    """What a person allowed. The code is used up, whatever the answer."""
    found = await delegations.take_code(db, secret.hashed(handed.code))
    if found is None or found.delegation.client_id != handed.client_id:
        return Refused("The code is not known.")
    if found.was_used:
        return await _replayed(db, found.delegation, "code")
    challenge = _challenge(handed.verifier)
    if found.is_expired or found.delegation.revoked_at is not None:
        return Refused("The code has expired.")
    if found.redirect_uri != handed.redirect_uri:
        return Refused("The redirect address is another one than that of the code.")
    if not hmac.compare_digest(challenge, found.challenge):
        return Refused("The code verifier does not fit the challenge.")
    return found.delegation


async def redeem_refresh(db: Connection, token: str, client_id: str) -> Delegation | Refused:
    """What a person allowed. The token is used up where it was good."""
    stored = secret.hashed(token)
    found = await delegations.look_at_refresh(db, stored)
    if found is None or found.delegation.client_id != client_id:
        return Refused("The refresh token is not known.")
    if found.was_used:
        return await _replayed(db, found.delegation, "refresh token")
    if found.is_expired or found.delegation.revoked_at is not None:
        return Refused("The refresh token has expired, or was revoked.")
    await delegations.use_refresh(db, stored)
    return found.delegation


async def new_refresh(db: Connection, delegation: Delegation) -> str:
    """A refresh token, good once."""
    made = secrets.token_urlsafe(32)
    await delegations.add_refresh(db, secret.hashed(made), delegation.id, REFRESH)
    return made


async def _replayed(db: Connection, delegation: Delegation, what: str) -> Refused:
    """One of two has stolen it, and nobody knows who: neither gets anything any more (RFC 9700, 4.14.2)."""
    await delegations.revoke(db, delegation.id)
    who = Principal(delegation.principal)
    await note(db, "REPLAYED", who, succeeded=False, client_id=delegation.client_id, details={"what": what})
    return Refused(f"The {what} was used before: all that came of it has ended.")
