"""What the requests of a running search subgraph use."""

from __future__ import annotations

from dataclasses import dataclass

from mediaclay_kernel.context import Context

from mediaclay_search.engine import SearchBackend
from mediaclay_search.progress import Heads
from mediaclay_search.sources.trees import Trees


@dataclass(frozen=True, slots=True)
class State:
    """The index, how far it may be behind, and who knows where branches lie."""

    backend: SearchBackend
    heads: Heads
    trees: Trees

    async def ready(self) -> None:
        """Raises `Unavailable` where the engine does not answer. Without structure it still finds what it has."""
        await self.backend.ping()


Request = Context[State]
