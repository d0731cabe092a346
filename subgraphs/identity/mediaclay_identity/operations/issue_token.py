"""A principal gets an access token: RFC 9068's claims, five minutes, never more scopes than it holds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import Forbidden, Unauthenticated, Unavailable
from mediaclay_kernel.ids import new_id

from mediaclay_identity import scopes, secret, signing
from mediaclay_identity.records import AccessToken, ClientRecord, PrincipalRecord
from mediaclay_identity.store import keys, principals

LIFE = 300
"""Seconds. Until then a token is good wherever its signature can be checked, so it is short."""


@dataclass(frozen=True, slots=True)
class Terms:
    """In whose name a token is signed, and who shall accept it."""

    issuer: str
    audience: str


async def issue_to_client(
    db: Connection, terms: Terms, client_id: str, client_secret: str, asked: Sequence[str] | None
) -> AccessToken:
    """The client credentials grant (RFC 6749, 4.4): `asked` narrows the client's scopes, None takes all of them.

    Raises `Unauthenticated`, in the same words whatever the reason, and `Forbidden` for a scope that it does not hold.
    """
    # PostgreSQL takes no NUL in a text, and no client id of ours has one.
    known = (await principals.by_client(db, [client_id])).get(client_id) if "\0" not in client_id else None
    right = secret.matches(client_secret, known and known.secret_hash)
    if known is None or not right or known.principal.disabled_at is not None or known.owner_disabled:
        raise Unauthenticated("The client is not known, its secret is wrong, or it is disabled.")
    return await issue(db, terms, known.principal, client_id, _narrowed(_held(known), asked))


async def issue_to(
    db: Connection, terms: Terms, principal: PrincipalRecord, client_id: str, asked: Sequence[str] | None
) -> AccessToken:
    """A token for a principal that needs no secret here, since an operator asks. Raises `Forbidden`."""
    if principal.disabled_at is not None:
        raise Forbidden(f"{principal.name} is disabled.")
    return await issue(db, terms, principal, client_id, _narrowed(principal.scopes, asked))


async def issue(
    db: Connection, terms: Terms, principal: PrincipalRecord, client_id: str, granted: tuple[str, ...]
) -> AccessToken:
    """A token with exactly these scopes. Raises `Unavailable` where there is no key to sign with."""
    key = await keys.newest(db)
    if key is None:
        raise Unavailable("There is no signing key yet; start the identity subgraph once.")
    now = int(time.time())
    claims = {
        "iss": terms.issuer, "sub": str(principal.id), "aud": terms.audience, "iat": now, "exp": now + LIFE,
        "jti": str(new_id()), "client_id": client_id, "scope": " ".join(granted), "ptype": principal.type.value,
    }  # fmt: skip
    return AccessToken(signing.sign(key, claims), LIFE, granted)


def _held(client: ClientRecord) -> tuple[str, ...]:
    """An agent never holds more than the human who answers for it."""
    if client.owner_scopes is None:
        return client.principal.scopes
    return scopes.ordered(set(client.principal.scopes) & set(client.owner_scopes))


def _narrowed(held: Sequence[str], asked: Sequence[str] | None) -> tuple[str, ...]:
    if asked is None:
        return scopes.ordered(held)
    if missing := sorted(set(asked) - set(held)):
        raise Forbidden(f"The scope {missing[0][:60]!r} is not held.")
    return scopes.ordered(asked)
