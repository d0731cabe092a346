"""What the running subgraph holds, and what a request of it carries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mediaclay_kernel.bus import Bus
from mediaclay_kernel.cache import ResultCache
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.context import Context
from mediaclay_kernel.database import Database
from mediaclay_kernel.gathering import Gatherings
from mediaclay_kernel.live import Live

from mediaclay_structure.store.filtering import Filtering
from mediaclay_structure.store.prepared import Prepared


@dataclass(frozen=True, slots=True)
class State:
    """The database, its changelog, and the bus that changes are handed to, if there is one."""

    database: Database
    changelog: Changelog
    bus: Bus | None
    filtering: Filtering = field(default_factory=Filtering)
    streams: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(3))
    """How many branches may be streamed at once: each holds a connection for as long as its client reads."""

    live: Live | None = None
    """Subscriptions to the changelog, where the service runs that answers them."""

    results: ResultCache | None = None
    """Whole answers that are kept, unless that is switched off."""

    prepared: Prepared = field(default_factory=Prepared)
    """Statements whose form clients choose."""

    gatherings: Gatherings = field(default_factory=Gatherings)
    """What requests ask together."""

    async def ready(self) -> None:
        """Raises `Unavailable` where the database does not answer. Without the bus we still serve; it catches up."""
        await self.database.ping()


Request = Context[State]
