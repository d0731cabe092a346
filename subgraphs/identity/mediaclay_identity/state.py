"""What the running subgraph holds."""

from __future__ import annotations

from dataclasses import dataclass

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database
from mediaclay_kernel.live import Live

from mediaclay_identity.granting import Granting
from mediaclay_identity.operations.issue_token import Terms
from mediaclay_identity.sources.trees import Trees


@dataclass(frozen=True, slots=True)
class State:
    """What requests use."""

    database: Database
    changelog: Changelog
    terms: Terms
    granting: Granting
    trees: Trees
    live: Live | None = None
    """Subscriptions to what changes, where the service runs that answers them."""

    async def ready(self) -> None:
        """Raises `Unavailable` where the database does not answer."""
        await self.database.ping()
