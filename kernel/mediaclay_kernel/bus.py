"""The bus hands events on. It may lose them: whoever must see each one counts revisions and asks the changelog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from mediaclay_kernel import valkey
from mediaclay_kernel.errors import Unavailable

Message = Mapping[str, str]
KEPT = 10_000
"""About how many messages a stream keeps; older ones are in the changelog."""
TIMEOUT = 10.0
"""Seconds that the server gets to answer."""


class Bus(Protocol):
    """Named streams of messages."""

    async def publish(self, stream: str, messages: list[Message]) -> None:
        """Appends messages, in order. Raises `Unavailable`; then any number of the first ones were appended."""
        ...

    def listen(self, stream: str) -> AsyncGenerator[Message]:
        """Messages from now on. Raises `Unavailable` when the bus goes away."""
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` where nobody answers."""
        ...


class RedisBus:
    """The bus on Valkey or Redis streams."""

    def __init__(self, client: Any, patience: float = 5.0) -> None:
        self._client = client
        self._patience = patience

    async def publish(self, stream: str, messages: list[Message]) -> None:
        """See `Bus`."""
        pipe: Any = self._client.pipeline(transaction=False)
        for message in messages:
            pipe.xadd(stream, dict(message), maxlen=KEPT, approximate=True)
        try:
            async with asyncio.timeout(TIMEOUT):
                await pipe.execute()
        except valkey.AWAY as error:
            raise Unavailable("The bus does not answer.") from error

    async def listen(self, stream: str) -> AsyncGenerator[Message]:
        """See `Bus`."""
        try:
            async with asyncio.timeout(TIMEOUT):
                newest = await self._client.xrevrange(stream, count=1)
            last = newest[0][0] if newest else "0-0"
            while True:
                async with asyncio.timeout(self._patience + TIMEOUT):
                    found = await self._client.xread({stream: last}, count=1000, block=int(self._patience * 1000))
                for _, entries in found or ():
                    for last, message in entries:  # noqa: B007
                        yield message
        except valkey.AWAY as error:
            raise Unavailable("The bus does not answer.") from error

    async def ping(self) -> None:
        """See `Bus`."""
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._client.ping()
        except valkey.AWAY as error:
            raise Unavailable("Valkey does not answer.") from error


class MemoryBus:
    """The bus inside one process: for tests, held to the same suite as the real one."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[Message]]] = {}

    async def publish(self, stream: str, messages: list[Message]) -> None:
        """See `Bus`."""
        for queue in self._listeners.get(stream, ()):
            for message in messages:
                queue.put_nowait(dict(message))

    async def listen(self, stream: str) -> AsyncGenerator[Message]:
        """See `Bus`."""
        queue: asyncio.Queue[Message] = asyncio.Queue()
        listeners = self._listeners.setdefault(stream, set())
        listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            listeners.discard(queue)

    async def ping(self) -> None:
        """See `Bus`."""


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[RedisBus]:
    """A bus on the server or the cluster at `url`; it need not answer yet."""
    async with valkey.connected(url, decode_responses=True) as client:
        yield RedisBus(client)
