"""The events of one subscription on their way out: counted while they wait to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import ClayError

MOST_BYTES = 256 * 1024
"""What may wait to be sent to one subscriber. Who is slower than that is replayed from the changelog, if it is followed."""

Hand = Callable[["Waiting", bytes | None], None]
"""`hand(outlet, event)` puts an event into the line of those that are sent; None for the end of the subscription."""


class Waiting:
    """An `Outlet` whose events wait in a line that somebody else sends from."""

    def __init__(self, hand: Hand, last_word: Callable[[ClayError], bytes]) -> None:
        self._hand = hand
        self._last_word = last_word
        self._bytes = 0
        self._went = asyncio.Event()
        self._is_over = False
        self.is_wanted = True
        """Whether somebody still waits for it; without, what is in the line need not be sent."""

    @property
    def is_full(self) -> bool:
        """Whether no more is to be sent for now."""
        return self._bytes >= MOST_BYTES

    async def drained(self) -> None:
        """Returns when it is not full."""
        while self.is_full:
            self._went.clear()
            await self._went.wait()

    def push(self, change: Change, body: bytes) -> None:
        """An event of a change."""
        self.send(body)

    def send(self, body: bytes) -> None:
        """An event."""
        if not self._is_over:
            self._bytes += len(body)
            self._hand(self, body)

    def sent(self, body: bytes) -> None:
        """An event does not wait any more."""
        self._bytes -= len(body)
        self._went.set()

    def close(self, error: ClayError) -> None:
        """The last word, and the end."""
        self.send(self._last_word(error))
        self.complete()

    def complete(self) -> None:
        """The end."""
        if not self._is_over:
            self._is_over = True
            self._hand(self, None)
