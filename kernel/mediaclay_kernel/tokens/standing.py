"""Who may not act any more, though their tokens are good: looked up at each request, so it costs next to nothing.

A principal that was disabled, or signed out everywhere, has the second before which its tokens were issued that are of no
use. What a process knows of them is believed for a while after it was heard; then no token is, until it is heard again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from uuid import UUID

from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.principal import Principal

FOR_EVER = math.inf
"""The least `iat` of a principal that is disabled."""


class Standing:
    """What this process knows of everybody's standing."""

    def __init__(self, lease: float = math.inf) -> None:
        """`lease` is how many seconds what was heard is believed; infinite: for ever, and from the beginning."""
        self.lease = lease
        self.version = 0
        """Another one whenever anybody's standing has changed."""
        self.good_until = math.inf if lease == math.inf else -math.inf
        """By `time.monotonic()`."""
        self.look: Callable[[], Awaitable[None]] | None = None
        """Asks at once, for a request that comes where nothing is known."""
        self.listeners: list[Callable[[], None]] = []
        """Told when anybody's standing has changed, and when it is not known any more."""
        self._least: dict[UUID, float] = {}

    def refuses(self, principal: Principal, issued_at: float) -> bool:
        """Whether who acts by a token, or anybody it names as an actor, may not do so any more."""
        least = self._least
        if not least or principal.id is None:
            return False
        return any(issued_at < least.get(each, -math.inf) for each in (principal.id, *principal.actors))

    async def ensure(self) -> None:
        """Asks where it is not known. Raises `Unavailable` where that is of no use."""
        if time.monotonic() < self.good_until:
            return
        if self.look is not None:
            await self.look()
        if time.monotonic() >= self.good_until:
            raise Unavailable("Whether the token's principal may still act can't be known now; try again.")

    def believe(self, heard_at: float) -> None:
        """All is known as of `heard_at`, by `time.monotonic()`."""
        self.good_until = max(self.good_until, heard_at + self.lease)

    def lose(self) -> None:
        """What was known is too old."""
        self._tell()

    def apply(self, changes: Iterable[tuple[UUID, float]]) -> None:
        """The least `iat` of some principals, `FOR_EVER` for those that are disabled."""
        if new := {who: least for who, least in changes if self._least.get(who) != least}:
            self._least = {**self._least, **new}
            self._tell()

    def replace(self, least: Mapping[UUID, float]) -> None:
        """Everybody's."""
        if self._least != least:
            self._least = dict(least)
            self._tell()

    def _tell(self) -> None:
        self.version += 1
        for listener in self.listeners:
            listener()
