"""GraphQL over WebSockets: the protocol graphql-transport-ws (the specification of the library graphql-ws)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, cast

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from mediaclay_kernel.background import beside
from mediaclay_kernel.context import Context
from mediaclay_kernel.entry import Asked, Entry, taken
from mediaclay_kernel.errors import ClayError, Unauthenticated, Unavailable
from mediaclay_kernel.live import EXPIRED, RESTART
from mediaclay_kernel.outlet import Waiting
from mediaclay_kernel.subscribing import Open, Refused, last_word, subscribe

log = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"
INIT_WITHIN = 10.0
"""Seconds."""
MOST_OPERATIONS = 10_000
"""Of one connection: a router carries those of many callers over one."""

Admit = Callable[[str | None], Awaitable[tuple[Context[Any], float | None]]]
"""`admit(authorization)`: the caller's context, and when (by `time.time()`) its token ends. Raises `ClayError`."""


class Close(Exception):
    """The connection is closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


BAD_MESSAGE, UNAUTHORIZED, RESTARTING = 4400, 4401, 4205
BAD_PROTOCOL, INIT_TIMEOUT, DUPLICATE, TOO_MANY, NOT_AVAILABLE = 4406, 4408, 4409, 4429, 4503


class _Operation:
    """What a client asked for under an id."""

    def __init__(self, own: str, hand: Callable[[_Operation, bytes | None], None]) -> None:
        self.own = own
        self.quoted = orjson.dumps(own)
        self.outlet = Waiting(lambda _, body: hand(self, body), last_word)
        self.opened: Open | None = None
        self.starting: asyncio.Task[None] | None = None

    def next(self, body: bytes) -> bytes:
        """The message that brings an event."""
        return b'{"id":%b,"type":"next","payload":%b}' % (self.quoted, body)

    def complete(self) -> bytes:
        """The message that there will be no more."""
        return b'{"id":%b,"type":"complete"}' % self.quoted

    def leave(self) -> None:
        """Nobody waits for its events any more."""
        self.outlet.is_wanted = False
        if self.opened is not None:
            self.opened.leave()
        elif self.starting is not None:
            self.starting.cancel()


class _Line(NamedTuple):
    """A message that waits to be sent: an event of an operation, or anything else."""

    text: str
    of: _Operation | None = None
    body: bytes = b""


class Socket:
    """One connection of a client, or of a router for many clients."""

    def __init__(self, websocket: WebSocket, entry: Entry, admit: Admit) -> None:
        self._websocket = websocket
        self._entry = entry
        self._admit = admit
        self._context: Context[Any] | None = None
        self._operations: dict[str, _Operation] = {}
        self._line: deque[_Line] = deque()
        self._came = asyncio.Event()
        self._closing: Close | None = None
        self._expiring: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Speaks until one side ends."""
        if PROTOCOL not in self._websocket.scope["subprotocols"]:
            await self._websocket.accept()
            return await self._websocket.close(BAD_PROTOCOL, "Subprotocol not acceptable")
        await self._websocket.accept(PROTOCOL)
        try:
            async with beside(self._write()):
                await self._read()
        except Close as close:
            await self._shut(close)
        except WebSocketDisconnect:
            pass
        finally:
            self._leave()
        return None

    def close(self, code: int, reason: str) -> None:
        """Ends the connection, behind what waits to be sent."""
        if self._closing is None:
            self._closing = Close(code, reason)
            self._came.set()

    @property
    def authorization(self) -> str | None:
        """See `admission.Opened`."""
        return None if self._context is None else self._context.authorization

    def end(self, error: ClayError) -> None:
        """See `admission.Opened`."""
        self._end(error)
        self.close(UNAUTHORIZED if isinstance(error, Unauthenticated) else NOT_AVAILABLE, error.message)

    def restart(self) -> None:
        """The process stops: every operation has its last word, and the connection is closed."""
        self._end(Unavailable("The service is restarting: subscribe again, from your last cursor.", reason=RESTART))
        self.close(RESTARTING, "Restarting")

    # Reading

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_WITHIN):
                await self._initialize(await self._message())
        except TimeoutError:
            raise Close(INIT_TIMEOUT, "Connection initialisation timeout") from None
        while True:
            await self._take(await self._message())

    async def _message(self) -> dict[str, Any]:
        try:
            message = orjson.loads(await self._websocket.receive_text())
        except (orjson.JSONDecodeError, KeyError):
            raise Close(BAD_MESSAGE, "Message is not JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):  # pyright: ignore
            raise Close(BAD_MESSAGE, "Message has no type")
        return cast("dict[str, Any]", message)

    async def _initialize(self, message: dict[str, Any]) -> None:
        while message["type"] in {"ping", "pong"}:
            self._answer_ping(message)
            message = await self._message()
        if message["type"] != "connection_init":
            raise Close(UNAUTHORIZED, "Unauthorized")
        try:
            context, until = await self._admit(self._authorization(message.get("payload")))
        except Unavailable as error:
            raise Close(NOT_AVAILABLE, error.message) from error
        except ClayError as error:
            raise Close(UNAUTHORIZED, error.message) from error
        self._context = context
        if until is not None:
            self._expire_at(until)
        self._say(b'{"type":"connection_ack"}')

    def _authorization(self, payload: object) -> str | None:
        """That of the connection's parameters, which browsers can set; else that of the request's header."""
        given = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
        said = {name.lower(): value for name, value in given.items()}.get("authorization")
        return said if isinstance(said, str) else self._websocket.headers.get("authorization")

    def _expire_at(self, until: float) -> None:
        self._expiring = asyncio.get_running_loop().call_later(max(until - time.time(), 0), self._expire)

    def _expire(self) -> None:
        self._end(Unauthenticated("The access token has expired: subscribe again with another one.", reason=EXPIRED))
        self.close(UNAUTHORIZED, "Token expired")

    async def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                self._subscribe(message)
            case "complete":
                if isinstance(own := message.get("id"), str):
                    self._forget(own)
            case "ping" | "pong":
                self._answer_ping(message)
            case "connection_init":
                raise Close(TOO_MANY, "Too many initialisation requests")
            case _:
                raise Close(BAD_MESSAGE, f"Unknown message type {message['type'][:40]!r}")

    def _answer_ping(self, message: dict[str, Any]) -> None:
        if message["type"] == "ping":
            self._say(b'{"type":"pong"}')

    def _subscribe(self, message: dict[str, Any]) -> None:
        own, payload = message.get("id"), message.get("payload")
        asked = taken(cast("dict[str, Any]", payload)) if isinstance(payload, dict) else None
        if not isinstance(own, str) or not own or asked is None:
            raise Close(BAD_MESSAGE, "Message subscribe lacks its id or its query")
        if own in self._operations:
            raise Close(DUPLICATE, f"Subscriber for {own[:40]} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            raise Close(TOO_MANY, "Too many operations on one connection")
        operation = self._operations[own] = _Operation(own, self._hand)
        operation.starting = asyncio.get_running_loop().create_task(self._start(operation, asked))

    async def _start(self, operation: _Operation, asked: Asked) -> None:
        assert self._context is not None
        try:
            operation.opened = await subscribe(self._entry, asked, self._context, operation.outlet)
        except Refused as refused:
            if refused.body is None:
                del self._operations[operation.own]
                self._say(b'{"id":%b,"type":"error","payload":%b}' % (operation.quoted, refused.errors))
            else:
                operation.outlet.send(refused.body)
                operation.outlet.complete()
        except Exception:
            log.exception("A subscription could not be begun")
            operation.outlet.close(Unavailable("The subscription could not be begun."))

    def _forget(self, own: str) -> None:
        operation = self._operations.pop(own, None)
        if operation is not None:
            operation.leave()

    def _end(self, error: ClayError) -> None:
        for operation in [*self._operations.values()]:
            operation.outlet.close(error)
            operation.leave()
            operation.outlet.is_wanted = True  # the last word is for somebody

    def _leave(self) -> None:
        if self._expiring is not None:
            self._expiring.cancel()
        for own in [*self._operations]:
            self._forget(own)

    # Writing

    def _say(self, text: bytes) -> None:
        self._line.append(_Line(text.decode()))
        self._came.set()

    def _hand(self, operation: _Operation, body: bytes | None) -> None:
        if body is not None:
            self._line.append(_Line(operation.next(body).decode(), operation, body))
        elif self._operations.get(operation.own) is operation:
            del self._operations[operation.own]
            self._line.append(_Line(operation.complete().decode()))
        self._came.set()

    async def _write(self) -> None:
        """Sends what waits, in order; it ends when the connection does."""
        try:
            while True:
                await self._send_line()
                if self._closing is not None:
                    return await self._websocket.close(self._closing.code, self._closing.reason[:100])
                self._came.clear()
                await self._came.wait()
        except (WebSocketDisconnect, RuntimeError):  # the client has gone, which whoever reads is told, too
            return None

    async def _send_line(self) -> None:
        while self._line:
            line = self._line.popleft()
            if line.of is None:
                await self._websocket.send_text(line.text)
                continue
            if line.of.outlet.is_wanted:
                await self._websocket.send_text(line.text)
            line.of.outlet.sent(line.body)

    async def _shut(self, close: Close) -> None:
        try:
            async with asyncio.timeout(1):
                await self._websocket.close(close.code, close.reason[:100])
        except (TimeoutError, RuntimeError):
            log.debug("A connection was gone before it was closed")
