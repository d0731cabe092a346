"""Nodes by their meaning: texts are embedded in the background, and the nearest are found in memory."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.metrics import Values, counted, gauged
from numpy.typing import NDArray

from mediaclay_search.embedders import Embedder
from mediaclay_search.numbers import np
from mediaclay_search.records import EVERYWHERE, Document, Scope
from mediaclay_search.vectors import Matrix, Near, Place, Store, Todo

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Texts that are embedded together."""
REST = 0.25
"""Of the time that a batch took, the part that is left to others behind it."""
AGAIN, LONGEST = 1.0, 30.0
"""Seconds to wait for an embedder that does not answer."""
REMEMBERED = 1_000
"""Queries whose vectors are kept."""
TOLD_EVERY = 10_000
SERVING = "serving"
"""Under which the store says whose vectors are searched."""

T = TypeVar("T")
OfId = Callable[[str], Embedder | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far it is: vectors made by the embedder of now, and texts that wait for one."""

    embedder: str
    vectors: int
    waiting: int
    failures: int
    bytes: int


class Meanings:
    """Make it by `running`. `embedder` makes vectors from now on; until it has made them all, an earlier one's serve."""

    def __init__(self, store: Store, thread: ThreadPoolExecutor, embedder: Embedder, of_id: OfId) -> None:
        self._store = store
        self._thread = thread
        self._embedder = embedder
        self._serving = embedder
        self._of_id = of_id
        self._matrix = Matrix(embedder.dimensions)
        self._woken = asyncio.Event()
        self._waiting = self._failures = 0
        self._asked: dict[tuple[str, str], NDArray[np.float32]] = {}
        gauged(
            self, "clay.search.vectors", lambda own: own._numbers(len(own._matrix)), description="Vectors in memory."
        )
        gauged(
            self, "clay.search.texts.waiting", lambda own: own._numbers(own._waiting), description="Texts without one."
        )
        counted(
            self,
            "clay.search.embedding.failures",
            lambda own: own._numbers(own._failures),
            description="Failed batches.",
        )

    def _numbers(self, number: float) -> Values:
        return [(number, {"embedder": self._serving.id})]

    async def open(self) -> None:
        """Reads the vectors that there are, and queues what has none."""
        before = await self._stored(partial(self._store.said, SERVING))
        earlier = None if before in (None, self._embedder.id) else self._of_id(before)
        self._serving = earlier or self._embedder
        self._matrix = await self._loaded(self._serving)
        if earlier is None:
            await self._stored(partial(self._store.say, SERVING, self._embedder.id))
        await self._stored(partial(self._store.queue, self._embedder.id))
        self._waiting = await self._stored(self._store.waiting)
        self._woken.set()

    async def _loaded(self, embedder: Embedder) -> Matrix:
        matrix = Matrix(embedder.dimensions)
        await self._stored(lambda: matrix.load(self._store.placed(embedder.id)))
        await asyncio.to_thread(
            matrix.nearest, np.ones(embedder.dimensions, np.float32), EVERYWHERE, 1
        )  # or the first waits
        return matrix

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Keeps places, and queues the texts that changed."""
        silent = await self._stored(partial(self._store.upsert, documents))
        self._matrix.drop(silent)
        self._matrix.move(Place(each.id, each.structure, each.anchor, each.okey) for each in documents)
        self._waiting = await self._stored(self._store.waiting)
        self._woken.set()

    async def delete(self, ids: Iterable[str]) -> None:
        """Forgets nodes."""
        gone = list(ids)
        await self._stored(partial(self._store.delete, gone))
        self._matrix.drop(gone)

    async def delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        """Forgets all nodes of these anchors."""
        await self.delete(await self._stored(partial(self._store.of_fragments, structure, anchors)))

    async def drop(self, structure: str) -> None:
        """Forgets a structure."""
        await self.delete(await self._stored(partial(self._store.of_structure, structure)))

    async def nearest(self, text: str, scope: Scope, most: int, only: Iterable[str] | None = None) -> list[Near]:
        """The nodes nearest to a text, best first. Raises `Unavailable` where the embedder does not answer."""
        serving, matrix = self._serving, self._matrix
        row = await self._row(serving, text)
        if not row.any():
            return []
        return await asyncio.to_thread(matrix.nearest, row, scope, most, only)

    async def like(self, id_: str, scope: Scope, most: int) -> list[Near]:
        """The nodes nearest to a node, without itself; nothing for a node without a vector."""
        row = self._matrix.get(id_)
        if row is None:
            return []
        found = await asyncio.to_thread(self._matrix.nearest, row, scope, most + 1)
        return [near for near in found if near.id != id_][:most]

    async def _row(self, embedder: Embedder, text: str) -> NDArray[np.float32]:
        key = embedder.id, text
        if key not in self._asked:
            row = (await embedder.embed([text]))[0]
            if len(self._asked) >= REMEMBERED:
                self._asked.clear()
            self._asked[key] = row
        return self._asked[key]

    async def standing(self) -> Standing:
        """How far it is."""
        made = await self._stored(partial(self._store.count, self._embedder.id))
        waiting = await self._stored(self._store.waiting)
        return Standing(self._embedder.id, made, waiting, self._failures, self._matrix.bytes)

    async def work(self) -> None:
        """Embeds what waits, whenever woken; ends only when cancelled."""
        pause, done = AGAIN, 0
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                while todo := await self._stored(partial(self._store.some, AT_ONCE)):
                    await self._embed(todo)
                    pause, done = AGAIN, done + len(todo)
                    if done % TOLD_EVERY < len(todo):
                        log.info("Embedded %s texts; %s wait.", f"{done:,}", f"{self._waiting:,}")
                await self._finish()
            except Unavailable as error:
                self._failures += 1
                log.warning("Embedding waits: %s", error.message)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST)
                self._woken.set()

    async def _embed(self, todo: Sequence[Todo]) -> None:
        began = time.monotonic()
        rows = await self._embedder.embed([each.text for each in todo])
        places = await self._stored(partial(self._store.done, self._embedder.id, todo, rows))
        if self._serving is self._embedder:
            kept = {place.id for place in places}
            self._matrix.put(places, rows[[at for at, each in enumerate(todo) if each.id in kept]])
        self._waiting = max(self._waiting - len(places), 0)
        await asyncio.sleep((time.monotonic() - began) * REST)

    async def _finish(self) -> None:
        """All texts have a vector: those of an earlier embedder have served."""
        self._waiting = 0
        if self._serving is not self._embedder:
            matrix = await self._loaded(self._embedder)
            self._serving, self._matrix = self._embedder, matrix
            await self._stored(partial(self._store.say, SERVING, self._embedder.id))
            self._woken.set()  # for what came while they were read
        await self._stored(partial(self._store.forget_others, self._embedder.id))

    async def _stored(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class Nothing:
    """Stands for `Meanings` where they are switched off."""

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Keeps nothing."""

    async def delete(self, ids: Iterable[str]) -> None:
        """Keeps nothing."""

    async def delete_fragments(self, structure: str, anchors: Sequence[str]) -> None:
        """Keeps nothing."""

    async def drop(self, structure: str) -> None:
        """Keeps nothing."""


@asynccontextmanager
async def running(home: Path, embedder: Embedder, of_id: OfId) -> AsyncGenerator[Meanings]:
    """Meanings, kept under `home`; `work` is to be run beside."""
    with ThreadPoolExecutor(1, "search-vectors") as thread:
        loop = asyncio.get_running_loop()
        store = await loop.run_in_executor(thread, Store, home / "search")
        try:
            meanings = Meanings(store, thread, embedder, of_id)
            await meanings.open()
            yield meanings
        finally:
            await loop.run_in_executor(thread, store.close)
