"""A subscriber that writes down what it is told, and can be slow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.live import Following, Live
from mediaclay_kernel.live.group import Written


@dataclass
class Listener:
    """A sink; `told` are revisions, in the order in which they came."""

    told: list[int] = field(default_factory=list[int])
    bodies: list[bytes] = field(default_factory=list[bytes])
    error: ClayError | None = None
    room: int | None = None
    """How many events it takes before it is full; None for any number."""
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_full(self) -> bool:
        return self.room is not None and self.room <= 0

    async def drained(self) -> None:
        while self.is_full:
            self.opened.clear()
            await self.opened.wait()

    def push(self, change: Change, body: bytes) -> None:
        assert self.error is None
        self.told.append(change.revision)
        self.bodies.append(body)
        if self.room is not None:
            self.room -= 1

    def close(self, error: ClayError) -> None:
        assert self.error is None
        self.error = error

    def take(self, room: int | None) -> None:
        """Makes room for so many more."""
        self.room = room
        self.opened.set()

    async def has(self, revisions: list[int], seconds: float = 20) -> None:
        """Waits until it was told these, and asserts that it was told no others."""
        async with asyncio.timeout(seconds):
            while self.told != revisions and len(self.told) < len(revisions):
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        assert self.told == revisions

    async def ended(self, seconds: float = 20) -> ClayError:
        """Waits for the last word."""
        async with asyncio.timeout(seconds):
            while self.error is None:
                await asyncio.sleep(0.005)
        return self.error


async def anybody(_: Change | None) -> None:
    """Everybody may be told everything."""


async def written(change: Change) -> Written:
    """An event as its number."""
    return Written(str(change.revision).encode())


async def follow(
    live: Live, stream: UUID, after: int | None = None, *, place: UUID | None = None, listener: Listener | None = None
) -> Listener:
    """A new subscriber."""
    made = listener or Listener()
    await live.open(Following(stream, place, after, anybody), "all", written, made)
    return made
