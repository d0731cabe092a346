"""Numbers of the index, looked at now and then, for whoever watches the process."""

from __future__ import annotations

import asyncio

from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.metrics import counted, gauged

from mediaclay_search.consumers.follower import Follower
from mediaclay_search.engine import SearchBackend
from mediaclay_search.progress import Heads
from mediaclay_search.records import Size

EVERY = 2.0
"""Seconds between two looks."""


class Measuring:
    """One process has one."""

    def __init__(self, backend: SearchBackend, heads: Heads, follower: Follower) -> None:
        self._backend = backend
        self._heads = heads
        self._follower = follower
        self._lag = 0
        self._size = Size(0, 0)
        gauged(
            self, "clay.search.lag", lambda own: [(own._lag, {})], description="Changes that the index has yet to read."
        )
        gauged(
            self, "clay.search.documents", lambda own: [(own._size.documents, {})], description="Nodes in the index."
        )
        gauged(
            self, "clay.search.bytes", lambda own: [(own._size.bytes, {})], unit="By", description="Size of the index."
        )
        counted(
            self, "clay.search.indexing.failures", lambda own: [(own._follower.failures, {})],
            description="How often indexing broke off.",
        )  # fmt: skip

    async def work(self) -> None:
        """Looks; ends only when cancelled."""
        while True:
            try:
                self._lag = self._heads.lag(await self._backend.positions())
                self._size = await self._backend.size()
            except (ClayError, OSError):
                pass  # it shows what was seen last: that the engine is away, its own failures say
            await asyncio.sleep(EVERY)
