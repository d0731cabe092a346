"""What is followed, and who is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import ClayError

RESTART = "RESTART"
"""The process stops: subscribe again, from the last cursor."""
EXPIRED = "EXPIRED"
"""The access token has ended: subscribe again with another one."""
REVOKED = "REVOKED"
"""The caller may not see it any more."""
GONE = "GONE"
"""What was followed is not there any more."""
HISTORY = "HISTORY"
"""The changelog is another one than before, as after a restore from a backup: read everything anew."""

Check = Callable[[Change | None], Awaitable[None]]
"""Raises a `ClayError` where the caller may not be told of a change or, for None, where nothing is left to be followed.

Its details say the `reason`.
"""


@dataclass(frozen=True, slots=True)
class Following:
    """The changes of a stream that happened within a place (None: all of them), after a revision (None: from now on).

    `check` is asked before each of them is told; without a change before the first one, and after what may end the right
    to follow.
    """

    stream: UUID
    place: UUID | None
    after: int | None
    check: Check


class Sink(Protocol):
    """Where one subscriber's events go: a WebSocket, a stream of server-sent events."""

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be sent that no more is to be pushed."""
        ...

    async def drained(self) -> None:
        """Returns when it is not full any more."""
        ...

    def push(self, change: Change, body: bytes) -> None:
        """Sends an event, or has it wait to be sent."""
        ...

    def close(self, error: ClayError) -> None:
        """Says why there will be no more. `error` has the `reason` and the cursor `after` among its details."""
        ...
