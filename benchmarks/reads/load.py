"""Load over HTTP: a few connections that are kept, each with one request under way, on bare sockets.

The generator shares the machine with what it measures, so it does no more than to find the end of each answer.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import cast

HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PATIENCE = 30.0
"""Seconds that the last answers may take."""


class WrongAnswer(Exception):
    """A server did not answer as it did when its answers were checked."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as its bytes, and the length of the body that answers it; None where that is not known yet."""

    request: bytes
    length: int | None = None


@dataclass(slots=True)
class Loaded:
    """What was answered, and in how many seconds."""

    answers: int
    seconds: float
    cpu: float
    """Seconds of the processor that the generator itself took."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.answers / self.seconds


@dataclass(slots=True)
class _Run:
    exchanges: Iterator[Exchange]
    until: float
    answers: int = 0
    open: set[_Connection] = field(default_factory=set["_Connection"])
    done: asyncio.Future[None] = field(default_factory=asyncio.Future[None])

    def abort(self) -> None:
        closed, self.open = self.open, set()
        for connection in closed:
            connection.abort()


class _Connection(asyncio.Protocol):
    """Sends the next request when the last is answered, until the time is over."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._held = b""
        self._missing = 0
        self._exchange = Exchange(b"")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass
        self._run.open.add(self)
        self._next()

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._held += data
            end = self._held.find(HEAD_END)
            if end < 0:
                return
            self._begin(self._held[:end])
            self._missing -= len(self._held) - end - len(HEAD_END)
            self._held = b""
        if self._missing <= 0 and self in self._run.open:
            self._run.answers += 1
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._run.open:
            self._fail(f"The connection was closed: {exc}")

    def _begin(self, head: bytes) -> None:
        found = _LENGTH.search(head)
        self._missing = int(found[1]) if found else 0
        if not head.startswith(b"HTTP/1.1 200 ") or self._missing != (self._exchange.length or self._missing):
            self._fail(f"Not the answer that was checked: {head[:300]!r}")

    def _next(self) -> None:
        if time.perf_counter() < self._run.until:
            self._exchange = next(self._run.exchanges)
            self._transport.write(self._exchange.request)
            return
        self._run.open.discard(self)
        self._transport.close()
        if not self._run.open and not self._run.done.done():
            self._run.done.set_result(None)

    def _fail(self, why: str) -> None:
        self._run.abort()
        if not self._run.done.done():
            self._run.done.set_exception(WrongAnswer(why))

    def abort(self) -> None:
        self._transport.abort()


async def load(port: int, exchanges: Sequence[Exchange], seconds: float, connections: int) -> Loaded:
    """Asks the server at that port for so many seconds, and waits for what is under way. Raises `WrongAnswer`."""
    loop = asyncio.get_running_loop()
    began, cpu = time.perf_counter(), time.process_time()
    run = _Run(cycle(exchanges), began + seconds)
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
    try:
        await asyncio.wait_for(run.done, seconds + PATIENCE)
    finally:
        run.abort()
    return Loaded(run.answers, time.perf_counter() - began, time.process_time() - cpu)


def request(body: bytes, token: str | None) -> bytes:
    """A GraphQL request as the bytes of HTTP/1.1."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"{authorization}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
