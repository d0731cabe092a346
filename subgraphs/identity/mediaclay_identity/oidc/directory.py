"""Who a subject of another issuer is, from the database: identity is the one that others ask."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Database
from mediaclay_kernel.tokens import Verifier

from mediaclay_identity.operations.meet_subject import meet_subject


class LocalDirectory:
    """A `tokens.Directory` on the database. It verifies each token itself, so nobody can make principals up."""

    def __init__(self, database: Database, verifier: Verifier) -> None:
        self._database = database
        self._verifier = verifier

    async def principal(self, authorization: str) -> UUID:
        """See `Directory`."""
        issuer, said = await self._verifier.verified(authorization.partition(" ")[2])
        return await meet_subject(self._database, issuer, said)
