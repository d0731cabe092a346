"""Follows the changelog of a subgraph: woken by PostgreSQL, certain by asking."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from mediaclay_kernel.cache.purges import Purges
from mediaclay_kernel.changelog import CHANNEL, News, announced, each_after, news
from mediaclay_kernel.database import UNREACHABLE, Connection

log = logging.getLogger(__name__)

IDLE = 1.0
"""Seconds after which it looks without having been woken: a writer may die before it has told anybody."""
LEASE = 3.0
"""Seconds from the beginning of a look for which its result may be believed."""
AT_ONCE = 1_000
"""Changes of one stream that are read one by one; whoever is further behind gives up what was kept of it."""
FIRST, LONGEST = 0.1, 5.0
"""Seconds between two tries to connect."""

Connect = Callable[[], AbstractAsyncContextManager[Connection]]


class Tail:
    """Keeps a table of purges in step with the changelog. One process has one for each subgraph."""

    def __init__(self, connect: Connect, schema: str, purges: Purges) -> None:
        self._connect = connect
        self._schema = schema
        self._purges = purges
        self._woken = asyncio.Event()
        self._seen: str | None = None

    def wake(self) -> None:
        """There may be something new."""
        self._woken.set()

    async def run(self) -> None:
        """Follows while it can; ends only when cancelled."""
        pause = FIRST
        while True:
            try:
                async with self._connect() as connection:
                    await self._follow(connection)
            except (*UNREACHABLE, TimeoutError) as error:
                if pause > FIRST:
                    log.warning("The cache does not hear of changes, so it keeps still: %r", error)
            except Exception:
                log.exception("Following the changelog fell over")
            if self._purges.is_following:
                pause = FIRST
            self._purges.lose()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST)

    async def _follow(self, connection: Connection) -> None:
        await connection.add_listener(CHANNEL, self._hear)
        while True:
            self._woken.clear()
            began = time.monotonic()
            async with asyncio.timeout(LEASE):
                await self._look(connection)
            self._purges.follow_until(began + LEASE)
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: in Python 3.11 it may swallow that we are cancelled.
                async with asyncio.timeout(IDLE):
                    await self._woken.wait()

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if announced(payload, self._schema) is not None:
            self.wake()

    async def _look(self, connection: Connection) -> None:
        """Applies what was committed until now."""
        told = await news(connection, self._seen)
        if self._is_another(told):
            self._purges.renew(told.epoch)
            for stream, head in (await self._all(connection)).items():
                self._purges.reset(stream, head)
        else:
            await self._catch_up(connection, told.heads)
            if len(self._purges.known()) != told.streams:
                for stream in self._purges.known().keys() - await self._all(connection):
                    self._purges.drop(stream)
        self._seen = told.seen

    def _is_another(self, told: News) -> bool:
        """Whether changes that we have seen are not there any more: it was restored from a backup."""
        return told.epoch != self._purges.epoch or any(
            head < (self._purges.known_of(stream) or 0) for stream, head in told.heads.items()
        )

    async def _all(self, connection: Connection) -> dict[UUID, int]:
        return (await news(connection, None)).heads

    async def _catch_up(self, connection: Connection, heads: dict[UUID, int]) -> None:
        known = {stream: self._purges.known_of(stream) or 0 for stream in heads}
        behind = {stream: known[stream] for stream, head in heads.items() if head > known[stream]}
        if not behind:
            return
        for change in await each_after(connection, behind, AT_ONCE):
            self._purges.apply(change)
        for stream in behind:
            if (self._purges.known_of(stream) or 0) < heads[stream]:
                self._purges.reset(stream, heads[stream])
