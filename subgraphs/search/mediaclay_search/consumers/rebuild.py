"""Builds the index anew from the trees while the old one answers, and then puts it in the old one's place."""

from __future__ import annotations

import asyncio
import logging

from mediaclay_kernel.errors import ClayError, NotFound

from mediaclay_search.consumers.follower import Follower
from mediaclay_search.consumers.patience import Patience
from mediaclay_search.consumers.reader import Reader
from mediaclay_search.engine import SearchBackend
from mediaclay_search.progress import Heads
from mediaclay_search.records import Rebuilt
from mediaclay_search.sources.trees import Trees

log = logging.getLogger(__name__)


class Rebuild:
    """One process has one. A rebuild that was cut off goes on from its last commit when the process starts again."""

    def __init__(self, trees: Trees, backend: SearchBackend, heads: Heads, follower: Follower) -> None:
        self._trees = trees
        self._backend = backend
        self._heads = heads
        self._follower = follower
        self._wanted = asyncio.Event()
        self._progress = Rebuilt(False, 0, 0, 0)

    @property
    def progress(self) -> Rebuilt:
        """How far it is."""
        return self._progress

    def ask(self) -> None:
        """Has the index built anew; nothing where that is under way."""
        self._wanted.set()

    async def work(self) -> None:
        """Rebuilds whenever asked; ends only when cancelled."""
        patience = Patience("The rebuild")
        if await self._backend.is_building():
            self._wanted.set()
        while True:
            await self._wanted.wait()
            try:
                await self._build()
                self._wanted.clear()
                patience.fine()
            except ClayError as error:
                await asyncio.sleep(patience.tried(error))

    async def _build(self) -> None:
        fresh = await self._backend.fresh()
        log.info("The search index is built anew.")
        try:
            reader = Reader(self._trees, self._heads, ())  # the vectors are those of the texts, whatever the index
            is_behind = True
            while is_behind:
                is_behind = await self._further(fresh, reader)
            async with self._follower.turn:
                while await self._further(fresh, reader):
                    pass
                await self._backend.adopt(fresh)
        except BaseException:
            await fresh.close()
            raise
        self._progress = Rebuilt(False, self._progress.read, self._progress.total, self._progress.done + 1)
        log.info("The new search index answers.")

    async def _further(self, fresh: SearchBackend, reader: Reader) -> bool:
        """Reads a page of each structure in which the new index is behind the old one; whether there was any."""
        goals, positions = await self._backend.positions(), await fresh.positions()
        behind = [each for each, goal in goals.items() if positions.get(each, 0) < goal]
        moved = False
        for structure in behind:
            try:
                moved = await reader.page(fresh, structure) or moved
            except NotFound:
                continue  # the follower will drop it
            positions = await fresh.positions()
            read = sum(min(positions.get(each, 0), goal) for each, goal in goals.items())
            self._progress = Rebuilt(True, read, sum(goals.values()), self._progress.done)
        return moved
