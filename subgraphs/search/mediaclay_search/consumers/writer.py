"""Where documents go: into the vectors, and then into an index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from mediaclay_search.engine import SearchBackend
from mediaclay_search.progress import Heads
from mediaclay_search.records import Document, FeedLine
from mediaclay_search.sources.trees import Trees


class Keeper(Protocol):
    """What keeps documents, or something of them. It may be told the same twice."""

    async def upsert(self, documents: Sequence[Document]) -> None:
        """See `SearchBackend`."""
        ...

    async def delete(self, ids: Iterable[str]) -> None:
        """See `SearchBackend`."""
        ...

    async def delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        """See `SearchBackend`."""
        ...


class Beside(Keeper, Protocol):
    """What keeps something of documents beside an index: `Meanings`."""

    async def drop(self, structure: str) -> None:
        """Forgets a structure."""
        ...


class Target(Keeper, Protocol):
    """What a batch writes to: the writing half of `SearchBackend`."""

    async def commit(self, positions: Mapping[str, int]) -> None:
        """See `SearchBackend`."""
        ...


class Watch(Protocol):
    """Who wants to know what changed: see `watching.Watching`."""

    async def see(self, structure: str, line: FeedLine) -> None:
        """A line was read, and is not committed yet."""
        ...

    async def committed(self, structure: str) -> None:
        """What was seen can be found."""
        ...


class Writer:
    """See `Target`. Before a commit the heads are asked for: no document is younger than they are."""

    def __init__(self, backend: SearchBackend, beside: Sequence[Keeper], trees: Trees, heads: Heads) -> None:
        self._backend = backend
        self._targets: Sequence[Keeper] = [*beside, backend]
        self._trees = trees
        self._heads = heads
        self._wrote = False

    async def upsert(self, documents: Sequence[Document]) -> None:
        """See `SearchBackend`."""
        self._wrote = True
        for target in self._targets:
            await target.upsert(documents)

    async def delete(self, ids: Iterable[str]) -> None:
        """See `SearchBackend`."""
        gone = list(ids)
        for target in self._targets:
            await target.delete(gone)

    async def delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        """See `SearchBackend`."""
        for target in self._targets:
            await target.delete_fragments(structure, anchors)

    async def commit(self, positions: Mapping[str, int]) -> None:
        """See `SearchBackend`."""
        if self._wrote:
            self._heads.widen(await self._trees.heads())
        await self._backend.commit(positions)
        self._wrote = False
