"""What the protocol is served with."""

from __future__ import annotations

from dataclasses import dataclass

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database
from mediaclay_kernel.tokens import Verifier

from mediaclay_identity.oidc.client_keys import ClientKeys
from mediaclay_identity.oidc.documents import Documents
from mediaclay_identity.operations.issue_token import Terms
from mediaclay_identity.passwords import Passwords
from mediaclay_identity.records import ClientRecord
from mediaclay_identity.store import clients


@dataclass(frozen=True, slots=True)
class Provider:
    """The parts of one OpenID provider."""

    database: Database
    changelog: Changelog
    terms: Terms
    verifier: Verifier
    """Of what this provider signed for our own audience."""
    wide_verifier: Verifier
    """Of what it signed for whatever audience."""
    passwords: Passwords
    client_keys: ClientKeys
    documents: Documents | None
    """What reads clients that describe themselves (client ID metadata documents); None where they are not accepted."""

    @property
    def issuer(self) -> str:
        """The base of every address, without a slash at its end."""
        return self.terms.issuer.rstrip("/")

    async def client(self, client_id: str) -> ClientRecord | None:
        """Who has this client id, if it is not disabled."""
        found = await clients.find(self.database.pool, client_id)
        if found is None and self.documents is not None and client_id.startswith("https://"):
            found = await self.documents.client(client_id)
        return None if found is None or found.is_disabled else found
