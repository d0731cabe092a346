"""Follows the trees: woken by the bus, certain by asking, and reading on from where the index stands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import cast

from mediaclay_kernel.background import beside
from mediaclay_kernel.bus import Message, connect
from mediaclay_kernel.errors import ClayError, NotFound, Unavailable

from mediaclay_search.consumers.patience import Patience
from mediaclay_search.consumers.reader import Reader
from mediaclay_search.consumers.writer import Beside, Watch
from mediaclay_search.engine import SearchBackend
from mediaclay_search.progress import Heads, outdated
from mediaclay_search.sources.trees import Trees

log = logging.getLogger(__name__)

STREAM = "clay:structure:changes"
LOOK = 1.0
"""Seconds between two looks at the heads of the structures, whatever the bus says."""
GATHER = 0.05
"""Seconds that are waited after being woken, since changes seldom come alone."""
AGAIN = 5.0
"""Seconds after which work that fell over starts again."""


class Follower:
    """Keeps `backend`, and what is `beside` it, in step with `trees`. One process has one."""

    def __init__(
        self,
        trees: Trees,
        backend: SearchBackend,
        heads: Heads,
        beside: Sequence[Beside] = (),
        watch: Watch | None = None,
    ) -> None:
        self.turn = asyncio.Lock()
        """Held while the index is written: whoever puts another index in its place waits for it."""
        self._trees = trees
        self._backend = backend
        self._heads = heads
        self._beside = beside
        self._watch = watch
        self._reader = Reader(trees, heads, beside)
        self._woken = asyncio.Event()
        self._outdated: set[str] = set()
        self.failures = 0
        """How often indexing broke off."""

    async def listen(self, url: str) -> None:
        """Is woken by the bus. It may be away or lose messages, which costs no more than a second."""
        patience = Patience("Valkey")
        while True:
            try:
                async with connect(url) as bus, aclosing(_generator(bus.listen(STREAM))) as messages:
                    async for message in messages:
                        patience.fine()
                        self._hear(message.get("stream"), message.get("revision"))
            except Unavailable as error:
                await asyncio.sleep(patience.tried(error))

    def _hear(self, structure: str | None, revision: str | None) -> None:
        if structure and revision and revision.isdecimal():
            self._heads.advance(structure, int(revision))
            self._woken.set()

    async def look(self) -> None:
        """Asks for the heads of all structures, again and again."""
        patience = Patience("Structure")
        while True:
            try:
                await self._look()
                patience.fine()
                await asyncio.sleep(LOOK)
            except ClayError as error:
                await asyncio.sleep(patience.tried(error))

    async def _look(self) -> None:
        asked, positions = self._heads.snapshot(), dict(await self._backend.positions())
        told = await self._trees.heads()
        self._heads.replace(asked | positions, told)
        self._outdated.update(outdated(positions, told))
        if self._outdated or self._heads.behind(positions) or self._reader.unread(positions):
            self._woken.set()

    async def index(self) -> None:
        """Reads whatever the index is behind with, whenever woken."""
        patience = Patience("Indexing")
        while True:
            await self._woken.wait()
            await asyncio.sleep(GATHER)
            self._woken.clear()
            try:
                await self._drop()
                await self._catch_up()
                patience.fine()
            except ClayError as error:
                self.failures += 1
                await asyncio.sleep(patience.tried(error))
                self._woken.set()

    async def _drop(self) -> None:
        for structure in list(self._outdated):
            async with self.turn:
                for each in (*self._beside, self._backend):
                    await each.drop(structure)
                await self._backend.commit({})
            self._outdated.discard(structure)

    async def _catch_up(self) -> None:
        """Takes turns between the structures, so that a large import does not hold up the others."""
        moved = True
        while moved:
            moved = False
            positions = await self._backend.positions()
            for structure in dict.fromkeys([*self._heads.behind(positions), *self._reader.unread(positions)]):
                moved = await self._page(structure) or moved
            await self._drop()

    async def _page(self, structure: str) -> bool:
        """Reads a page of changes; whether that brought the index further."""
        async with self.turn:
            try:
                return await self._reader.page(self._backend, structure, self._watch)
            except NotFound:
                self._heads.forget(structure)
                return False


def _generator(messages: AsyncIterator[Message]) -> AsyncGenerator[Message]:
    return cast("AsyncGenerator[Message]", messages)


async def _kept_up(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("Following the trees fell over; it starts again in %.0f s.", AGAIN)
        await asyncio.sleep(AGAIN)


@asynccontextmanager
async def following(
    follower: Follower, redis_url: str | None, *more: Callable[[], Awaitable[None]]
) -> AsyncGenerator[None]:
    """A follower at work in the background, and `more` beside it."""
    works: list[Callable[[], Awaitable[None]]] = [follower.look, follower.index, *more]
    if redis_url is not None:
        works.append(partial(follower.listen, redis_url))
    async with beside(*map(_kept_up, works)):
        yield
