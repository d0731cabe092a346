"""What a subscription's field answers: changes that can be followed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.live.following import Following, Sink
from mediaclay_kernel.live.group import Write, Written
from mediaclay_kernel.live.member import Member

Opening = Callable[[Following, Hashable, Write, Sink], Awaitable[Member]]
WAITING = 100
"""Changes that wait for a reader."""


class Changes:
    """Changes that are followed, by a sink that they are handed to or by whoever iterates over them."""

    def __init__(self, opening: Opening, following: Following) -> None:
        """`opening` is `Live.open`."""
        self._open = opening
        self._following = following

    async def open(self, name: Hashable, write: Write, sink: Sink) -> Member:
        """A subscription: see `Live.open`."""
        return await self._open(self._following, name, write, sink)

    async def records(self) -> AsyncGenerator[Change]:
        """Each change as it comes. Raises the `ClayError` with which the subscription ends."""
        queue = _Queue()
        member = await self._open(self._following, queue, _as_it_is, queue)
        try:
            while True:
                yield await queue.next()
        finally:
            member.leave()


async def _as_it_is(_: Change) -> Written:
    return Written(b"")


class _Queue:
    """A sink that is read from."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque()
        self._error: ClayError | None = None
        self._came = asyncio.Event()
        self._went = asyncio.Event()

    @property
    def is_full(self) -> bool:
        return len(self._changes) >= WAITING

    async def drained(self) -> None:
        while self.is_full:
            self._went.clear()
            await self._went.wait()

    def push(self, change: Change, body: bytes) -> None:
        self._changes.append(change)
        self._came.set()

    def close(self, error: ClayError) -> None:
        self._error = error
        self._came.set()

    async def next(self) -> Change:
        """The next change, waited for. Raises what it was closed with, behind the last one."""
        while not self._changes:
            if self._error is not None:
                raise self._error
            self._came.clear()
            await self._came.wait()
        self._went.set()
        return self._changes.popleft()
