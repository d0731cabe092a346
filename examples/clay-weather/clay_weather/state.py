"""What the running subgraph holds, and what a request of it carries."""

from __future__ import annotations

from dataclasses import dataclass

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.context import Context
from mediaclay_kernel.database import Database


@dataclass(frozen=True, slots=True)
class State:
    """The database, its changelog, and the setting `zenith`."""

    database: Database
    changelog: Changelog
    zenith: float

    async def ready(self) -> None:
        """Raises `Unavailable` where the database does not answer: /ready then answers 503."""
        await self.database.ping()


Request = Context[State]
