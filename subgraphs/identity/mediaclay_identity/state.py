"""What the running subgraph holds."""

from __future__ import annotations

from dataclasses import dataclass

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database

from mediaclay_identity.operations.issue_token import Terms


@dataclass(frozen=True, slots=True)
class State:
    """What requests use."""

    database: Database
    changelog: Changelog
    terms: Terms

    async def ready(self) -> None:
        """Raises `Unavailable` where the database does not answer."""
        await self.database.ping()
