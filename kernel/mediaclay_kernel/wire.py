"""A shorter way between the socket and planned reads: GraphQL by POST, answered past ASGI.

uvicorn makes for each request a task, a scope, an event and two messages, which cost more than many answers that are
kept. Here a request that was read whole is handed over as one value, and its answer leaves in one write. Whatever is not
of the plainest form, and whatever has no plan, goes uvicorn's own way, with nothing lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mediaclay_kernel.answering import refusal
from mediaclay_kernel.context import Context
from mediaclay_kernel.entry import Later
from mediaclay_kernel.errors import Internal
from mediaclay_kernel.exchange import Incoming, Reply, first_of_each
from mediaclay_kernel.head import Head
from mediaclay_kernel.view import LOOKED_AT

log = logging.getLogger(__name__)

PATH = b"/graphql"
MOST = 64 * 1024
"""Bytes of a request's body; larger ones go the long way, which slows down who sends them."""

OK = 200

Answer = Callable[[Incoming], Reply | Later | Context[Any] | None]


class _UnderWay:
    """What uvicorn asks of a request that is being answered."""

    __slots__ = ("disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = self

    def set(self) -> None:
        """Nobody waits for more of it: it was read whole."""


class Wire(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, answer: Answer, /, **given: Any) -> None:
        """`answer` gives the answer, later or at once; a context for the long way to go on with; or None."""
        super().__init__(**given)
        self._answer = answer
        self._is_short = False
        self._parts: list[bytes] = []
        self._size = 0
        self._said: tuple[Any, Any, bytes] = None, None, b""
        self._data = b""
        self._begun = 0
        self._is_inside = False
        self._head: Head | None = None
        self._looked_at: Context[Any] | None = None
        self._is_looked_at = False
        self._idle_since: float | None = None
        self._reaper: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """What the client sent. What begins as the request before did is not parsed again."""
        head = None if self._is_inside or not self._is_free() else self._head
        body = None if head is None else head.body(data)
        self._is_looked_at = False
        if head is not None and body is not None:
            if self._is_answered(Incoming("POST", head.headers, body)):
                return
            self._is_looked_at = True
        self._data, self._begun = data, 0
        super().data_received(data)
        self._data = b""

    def _is_answered(self, incoming: Incoming) -> bool:
        self._unset_keepalive_if_required()
        answer = self._answer(incoming)
        if isinstance(answer, Context | None):
            self._looked_at = answer
            return False
        self._send(answer)
        return True

    def on_message_begin(self) -> None:
        """A request comes. Its scope is made when it is known that somebody wants one."""
        self._begun += 1
        self._is_inside = True
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Decides the way."""
        self._is_short = not self._is_looked_at and self._is_plain()
        if self._is_short:
            self._parts, self._size = [], 0
            return
        self._make_scope()
        super().on_headers_complete()
        if self._is_looked_at:
            cast("dict[str, Any]", self.scope)[LOOKED_AT] = self._looked_at

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if not self._is_short:
            return super().on_body(body)
        self._parts.append(body)
        self._size += len(body)
        if self._size > MOST:
            self._take_the_long_way()
        return None

    def on_message_complete(self) -> None:
        """The request was read whole."""
        self._is_inside = False
        if not self._is_short:
            return super().on_message_complete()
        headers, body = first_of_each(self.headers), b"".join(self._parts)
        if self._begun == 1 and self._data.endswith(body):
            self._head = Head.of(self._data[: len(self._data) - len(body)], headers)
        answer = self._answer(Incoming("POST", headers, body))
        if isinstance(answer, Context | None):
            self._take_the_long_way()
            cast("dict[str, Any]", self.scope)[LOOKED_AT] = answer
            return super().on_message_complete()
        return self._send(answer)

    def _send(self, answer: Reply | Later) -> None:
        """At once, if it is at hand and the client reads."""
        if isinstance(answer, Reply) and not self.flow.write_paused:
            self._write(answer)
            return self.on_response_complete()
        under_way = _UnderWay()
        self.cycle = cast("Any", under_way)
        task = self.loop.create_task(self._answer_later(answer, under_way))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        return None

    def on_response_complete(self) -> None:
        """The connection is idle. One timer looks now and then since when, in place of uvicorn's for each request."""
        if self.pipeline or self.transport.is_closing():
            return super().on_response_complete()
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self._reaper is None:
            self._reaper = self.loop.call_later(self.timeout_keep_alive, self._reap)
        return None

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    def _reap(self) -> None:
        self._reaper = None
        if self._idle_since is None or self.transport.is_closing():
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._reaper = self.loop.call_later(left, self._reap)
        else:
            self.timeout_keep_alive_handler()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has gone, and nothing is to hold it any more."""
        if self._reaper is not None:
            self._reaper.cancel()
        super().connection_lost(exc)

    def _is_plain(self) -> bool:
        parser = cast("Any", self.parser)
        return (
            self.url == PATH
            and parser.get_method() == b"POST"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and self.limit_concurrency is None
            and self._is_free()
        )

    def _is_free(self) -> bool:
        """Whether nothing is under way on this connection."""
        before = cast("Any", self.cycle)
        return (before is None or before.response_complete) and not self.pipeline

    def _take_the_long_way(self) -> None:
        self._is_short = False
        self._make_scope()
        super().on_headers_complete()
        for part in self._parts:
            super().on_body(part)

    async def _answer_later(self, answer: Reply | Later, under_way: _UnderWay) -> None:
        try:
            reply = answer if isinstance(answer, Reply) else await answer
        except Exception:
            log.exception("Unexpected at %s", PATH.decode())
            reply = refusal(Internal())
        if self.flow.write_paused and not under_way.disconnected:
            await self.flow.drain()
        under_way.response_complete = True
        if under_way.disconnected:
            return
        self._write(reply)
        if not under_way.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _make_scope(self) -> None:
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers

    def _write(self, reply: Reply) -> None:
        always, own, head = self._said
        if always is not self.server_state.default_headers or own is not reply.headers or reply.status != OK:
            lines = [STATUS_LINE[reply.status]]
            for name, value in (*self.server_state.default_headers, *reply.headers):
                lines += name, b": ", value, b"\r\n"
            head = b"".join(lines)
            if reply.status == OK:
                self._said = self.server_state.default_headers, reply.headers, head
        self.transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (head, len(reply.body), reply.body))
