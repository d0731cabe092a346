"""What the requests of a running search subgraph use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from mediaclay_kernel.context import Context

from mediaclay_search.engine import SearchBackend
from mediaclay_search.meanings import Meanings
from mediaclay_search.progress import Heads
from mediaclay_search.records import Rebuilt, Told
from mediaclay_search.sources.pending import Pending
from mediaclay_search.sources.scopes import Scopes
from mediaclay_search.standing import Asked


class Rebuilds(Protocol):
    """Who builds the index anew: see `consumers.rebuild`."""

    @property
    def progress(self) -> Rebuilt:
        """How far it is."""
        ...

    def ask(self) -> None:
        """Has the index built anew; nothing where that is under way."""
        ...


class StandingQuery(Protocol):
    """A query that is told what changes: see `consumers.watching`."""

    def records(self) -> AsyncIterator[Told]:
        """Each event as it comes. Raises the `ClayError` with which it ends."""
        ...


class Standing(Protocol):
    """Who keeps standing queries: see `consumers.watching`."""

    async def add(self, asked: Asked, who: tuple[UUID | None, str | None]) -> StandingQuery:
        """A new one, in a branch, in the name of an Authorization header."""
        ...


@dataclass(frozen=True, slots=True)
class State:
    """The index and the vectors, how far they may be behind, and who knows what a caller may see."""

    backend: SearchBackend
    meanings: Meanings | None
    heads: Heads
    scopes: Scopes
    pending: Pending
    rebuild: Rebuilds
    standing: Standing

    async def ready(self) -> None:
        """Raises `Unavailable` where the engine does not answer."""
        await self.backend.ping()


Request = Context[State]
