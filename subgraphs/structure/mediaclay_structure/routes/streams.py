"""A body that is written while it comes into being, as fast as its reader takes it and no faster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from mediaclay_kernel.errors import ClayError
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"
PATIENCE = 60.0
"""Seconds that a reader may leave a block of bytes lying. A stream holds a snapshot of the database while it lasts."""

Write = Callable[[bytes], Awaitable[None]]


class Stalled(ClayError):
    """The client has not read on for a minute."""

    code = "UNAVAILABLE"
    status = 503


class Stream:
    """An ASGI response whose body is what `body` writes.

    The status goes out with the first block, so that `body` can refuse before it. What it raises later cuts the
    connection: a body that ends cleanly is whole. When the client goes away, `body` is cancelled; one that
    reads what the client sends (`reads_body`) hears of it by itself.
    """

    def __init__(
        self,
        body: Callable[[Write], Awaitable[None]],
        headers: Callable[[], dict[str, str]],
        *,
        reads_body: bool = False,
    ) -> None:
        self._body = body
        self._headers = headers
        self._reads_body = reads_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves it."""
        writer = _Writer(send, self._headers)
        if self._reads_body:
            await self._write(writer)
            return
        writing = asyncio.create_task(self._write(writer))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({writing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if writing.done():
                await writing
        finally:
            await _cancelled(writing, gone)

    async def _write(self, writer: _Writer) -> None:
        try:
            await self._body(writer.write)
            await writer.end()
        except ClayError as error:
            if not writer.begun:
                raise
            log.warning("A stream was cut off: %s", error.message)
            raise BrokenOff from error
        except ClientDisconnect:
            log.info("A client went away before it had sent all.")


class BrokenOff(Exception):
    """The server cuts the connection, so that the client sees that the body is not whole."""


class _Writer:
    def __init__(self, send: Send, headers: Callable[[], dict[str, str]]) -> None:
        self._send = send
        self._headers = headers
        self.begun = False

    async def write(self, block: bytes) -> None:
        await self._begin()
        await self._patiently({"type": "http.response.body", "body": block, "more_body": True})

    async def end(self) -> None:
        await self._begin()
        await self._patiently({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self) -> None:
        if not self.begun:
            self.begun = True
            headers = {"content-type": NDJSON, **self._headers()}
            raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
            await self._send({"type": "http.response.start", "status": 200, "headers": raw})

    async def _patiently(self, message: Message) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send(message)
        except TimeoutError as error:
            raise Stalled from error


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
