"""What the running subgraph holds."""

from __future__ import annotations

from dataclasses import dataclass

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database
from mediaclay_kernel.live import Live
from mediaclay_kernel.watching import Hearers

from mediaclay_identity.granting import Granting
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations.issue_token import Terms
from mediaclay_identity.operations.passkeys import Party
from mediaclay_identity.sources.standings import LocalStandings
from mediaclay_identity.sources.trees import Trees

PATIENCE = 2.0
"""Seconds that whoever disables somebody waits for all processes to know."""


@dataclass(frozen=True, slots=True)
class State:
    """What requests use."""

    database: Database
    changelog: Changelog
    terms: Terms
    provider: Provider
    standings: LocalStandings
    hearers: Hearers | None
    """Who follows the standings over the bus; None where there is none."""
    party: Party
    trusted_proxies: tuple[str, ...]
    granting: Granting
    trees: Trees
    live: Live
    """Subscriptions to what changes."""

    @property
    def is_secure(self) -> bool:
        """Whether people reach us by https."""
        return self.party.origin.startswith("https://")

    async def ready(self) -> None:
        """Raises `Unavailable` where the database does not answer."""
        await self.database.ping()

    async def settle(self) -> None:
        """Waits until every process that can be heard knows whose standing was changed until now."""
        if self.hearers is not None:
            await self.hearers.all_at(await self.standings.position(), PATIENCE)
