"""Server-sent events (the HTML standard): one subscription for each response."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mediaclay_kernel.background import beside
from mediaclay_kernel.errors import ClayError, Unauthenticated, Unavailable
from mediaclay_kernel.live import EXPIRED, RESTART
from mediaclay_kernel.outlet import Waiting
from mediaclay_kernel.subscribing import Open, last_word

EVENT_STREAM = "text/event-stream"
HEARTBEAT = 12.0
"""Seconds after which a comment is sent, so that nobody on the way takes the connection for dead."""
COMMENT = b":\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]  # fmt: skip


class EventStream(Response):
    """An answer that goes on: each event as it comes, until the subscription ends or the client goes."""

    def __init__(
        self, frame: Callable[[bytes], bytes], end: bytes, last: Callable[[ClayError], bytes] = last_word
    ) -> None:
        """`frame` makes of an event what is sent, LF alone at its ends of lines; `end` is sent behind the last one."""
        super().__init__(None, 200)
        self.outlet = Waiting(self._hand, last)
        self.opened: Open | None = None
        """What it shows; whoever makes the answer opens it."""
        self.authorization: str | None = None
        """Of whoever asked for it, so that it ends when that is not good any more."""
        self._frame = frame
        self._end = end
        self._line: deque[bytes | None] = deque()
        self._came = asyncio.Event()
        self._is_cut = False
        self._expiring: asyncio.TimerHandle | None = None

    def expire_at(self, until: float | None) -> None:
        """Ends it when the token ends, by `time.time()`."""
        if until is not None:
            error = Unauthenticated("The access token has expired: subscribe again with another one.", reason=EXPIRED)
            self._expiring = asyncio.get_running_loop().call_later(until - time.time(), self.end, error)

    def restart(self) -> None:
        """The process stops."""
        self.end(Unavailable("The service is restarting: subscribe again, from your last cursor.", reason=RESTART))

    def end(self, error: ClayError) -> None:
        """Ends it with a last word."""
        if self.opened is not None:
            self.opened.leave()
        self.outlet.close(error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        of_app: set[object] = scope["app"].state.open
        of_app.add(self)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            async with beside(self._cut_with(receive)):
                while (block := await self._next()) is not None:
                    await send({"type": "http.response.body", "body": block, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            of_app.discard(self)
            if self._expiring is not None:
                self._expiring.cancel()
            if self.opened is not None:
                self.opened.leave()

    def _hand(self, _: Waiting, body: bytes | None) -> None:
        self._line.append(body)
        self._came.set()

    async def _cut_with(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._is_cut = True
        self._came.set()

    async def _next(self) -> bytes | None:
        """What is to be sent next: all that waits, or a comment where nothing came for a while; None for the end."""
        while not self._line and not self._is_cut:
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    await self._came.wait()
            if not self._came.is_set():
                return COMMENT
        if self._is_cut:
            return None
        return self._take()

    def _take(self) -> bytes:
        taken: list[bytes] = []
        while self._line:
            body = self._line.popleft()
            if body is None:
                taken.append(self._end)
                self._is_cut = True
                break
            self.outlet.sent(body)
            taken.append(self._frame(body))
        return b"".join(taken)
