"""Ends the connections of callers whose tokens are not good any more, though they have not expired."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Protocol

from mediaclay_kernel.errors import ClayError, Unauthenticated
from mediaclay_kernel.live import EXPIRED
from mediaclay_kernel.tokens import Verifier


class Opened(Protocol):
    """A connection on which subscriptions are."""

    @property
    def authorization(self) -> str | None:
        """The caller's header, None before it is known or where there is none."""
        ...

    def end(self, error: ClayError) -> None:
        """Ends it, with a last word to each subscription."""
        ...


class Admission:
    """Judges open connections again when somebody's standing has changed."""

    def __init__(self, opened: Collection[Opened], verifier: Verifier) -> None:
        self._opened = opened
        self._verifier = verifier
        self._judging: set[asyncio.Task[None]] = set()

    def review(self) -> None:
        """Somebody's standing has changed, or is not known any more."""
        for each in [*self._opened]:
            if each.authorization is not None:
                task = asyncio.get_running_loop().create_task(self._judge(each, each.authorization))
                self._judging.add(task)
                task.add_done_callback(self._judging.discard)

    async def _judge(self, opened: Opened, authorization: str) -> None:
        try:
            await self._verifier.principal(authorization)
        except Unauthenticated as error:
            opened.end(Unauthenticated(error.message, reason=EXPIRED))
        except ClayError as error:
            opened.end(error)
