"""A principal gets an access token: RFC 9068's claims, five minutes, never more scopes than it holds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import Forbidden, Unavailable
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal

from mediaclay_identity import scopes, signing
from mediaclay_identity.limits import TOKEN_SECONDS
from mediaclay_identity.operations.note import note
from mediaclay_identity.records import AccessToken, PrincipalRecord
from mediaclay_identity.store import keys


@dataclass(frozen=True, slots=True)
class Terms:
    """In whose name a token is signed, and who shall accept it."""

    issuer: str
    audience: str
    resources: tuple[str, ...] = ()
    """Other audiences that a client may ask for by their addresses (RFC 8707)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token as it is to be: for whom, by which client, good for what."""

    principal: PrincipalRecord
    client_id: str
    scopes: tuple[str, ...]
    actors: tuple[UUID, ...] = ()
    """Who acts for the principal, the one who acts now first (the `act` chain of RFC 8693)."""
    audience: str | None = None
    token_format: str = "jwt"  # noqa: S105
    ends_at: float | None = None
    """The latest second at which it may end."""
    delegation: UUID | None = None
    """The sign-in that it comes of."""


async def issue_to(
    db: Connection, terms: Terms, principal: PrincipalRecord, client_id: str, asked: Sequence[str] | None
) -> AccessToken:
    """A token for a principal that needs no secret here, since an operator asks. Raises `Forbidden`."""
    if principal.disabled_at is not None:
        raise Forbidden(f"{principal.name} is disabled.")
    return await issue(db, terms, Wanted(principal, client_id, narrowed(principal.scopes, asked)))


async def issue(
    db: Connection, terms: Terms, wanted: Wanted, grant: str = "", address: str | None = None
) -> AccessToken:
    """The token, written down in the audit. `grant` is how it was asked for. Raises `Unavailable` without a key."""
    key = await keys.signing(db, signing.FORMATS[wanted.token_format])
    if key is None:
        raise Unavailable("There is no signing key yet; start the identity subgraph once.")
    claims = claimed(terms, wanted, int(time.time()))
    who = Principal(wanted.principal.id, wanted.principal.type, frozenset(wanted.scopes), wanted.actors)
    details = {"grant": grant or "operator", "scopes": list(wanted.scopes), "jti": claims["jti"]}
    await note(db, "TOKEN_ISSUED", who, client_id=wanted.client_id, address=address, details=details)
    return AccessToken(signing.sign(key, claims), claims["exp"] - claims["iat"], wanted.scopes)


def claimed(terms: Terms, wanted: Wanted, now: int) -> dict[str, Any]:
    """What the token says."""
    ends = now + TOKEN_SECONDS if wanted.ends_at is None else min(now + TOKEN_SECONDS, int(wanted.ends_at))
    claims: dict[str, Any] = {
        "iss": terms.issuer, "sub": str(wanted.principal.id), "aud": wanted.audience or terms.audience, "iat": now,
        "exp": ends, "jti": str(new_id()), "client_id": wanted.client_id, "scope": " ".join(wanted.scopes),
        "ptype": wanted.principal.type.value,
    }  # fmt: skip
    if wanted.actors:
        claims["act"] = chained(wanted.actors)
    if wanted.delegation is not None:
        claims["sid"] = str(wanted.delegation)
    return claims


def chained(actors: Sequence[UUID]) -> dict[str, Any]:
    """Actors as RFC 8693, 4.1 nests them: who acts now is outermost."""
    first, *others = actors
    return {"sub": str(first), **({"act": chained(others)} if others else {})}


def narrowed(held: Sequence[str], asked: Sequence[str] | None) -> tuple[str, ...]:
    """The scopes that were asked for; all that are held for None. Raises `Forbidden` for one that is not held."""
    if asked is None:
        return scopes.ordered(held)
    if missing := sorted(set(asked) - set(held)):
        raise Forbidden(f"The scope {missing[0][:60]!r} is not held.")
    return scopes.ordered(asked)
