"""Somebody comes with a token of another issuer. At first sight a principal is made of them."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Database, reachable
from mediaclay_kernel.errors import Unauthenticated
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.tokens import TrustedIssuer
from mediaclay_kernel.tokens.claims import Said

from mediaclay_identity import scopes
from mediaclay_identity.operations.note import note
from mediaclay_identity.operations.register_agent import LONGEST_NAME
from mediaclay_identity.records import NewPrincipal
from mediaclay_identity.store import principals, subjects

LONGEST = 255
"""Characters of a subject (OpenID Connect Core 1.0, 2)."""


async def meet_subject(database: Database, issuer: TrustedIssuer, said: Said) -> UUID:
    """The principal of what a verified token says. Raises `Unauthenticated` for one of ours, or a subject that is none."""
    if issuer.own or "\0" in said.subject or len(said.subject) > LONGEST:
        raise Unauthenticated("The access token names nobody who can be known here.")
    async with reachable():
        found = await subjects.find(database.pool, issuer.issuer, said.subject)
    if found is not None:
        return found
    async with database.transaction() as db:
        await subjects.lock(db, issuer.issuer, said.subject)
        if (found := await subjects.find(db, issuer.issuer, said.subject)) is not None:
            return found
        new = NewPrincipal(new_id(), said.type, _name(said), scopes.ordered(issuer.most))
        made = await principals.add(db, new)
        await subjects.add(db, issuer.issuer, said.subject, made.id)
        details = {"issuer": issuer.issuer, "subject": said.subject}
        await note(db, "FIRST_SEEN", Principal(made.id, made.type), subject=made.id, details=details)
        return made.id


def _name(said: Said) -> str:
    """What it is called there, in one line; else its subject."""
    text = "".join(character for character in said.name or "" if character.isprintable()).strip()
    return (text or said.subject)[:LONGEST_NAME]
