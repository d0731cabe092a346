"""What several requests ask of the same statement at the same moment is asked once.

A data loader gathers what one request asks; this gathers over requests. Nobody is made to wait for company: who asks while
nothing is under way is answered at once. Only while a call is under way do the next ones wait, and then go together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

K = TypeVar("K")
A = TypeVar("A")

MOST = 500
"""Keys of one call. A batch that has so many goes at once, whatever is under way."""
PATIENCE = 0.01
"""Seconds that a batch waits for the call before it: longer ones must not hold up others."""


class Shared(NamedTuple, Generic[A]):
    """What a call answered to several askers, and where among its keys one's own begin."""

    answer: A
    begins: int


@dataclass(slots=True)
class _Batch(Generic[K, A]):
    keys: list[K] = field(default_factory=list["K"])
    askers: list[asyncio.Future[A]] = field(default_factory=list["asyncio.Future[A]"])
    until: asyncio.TimerHandle | None = None


class Gathering(Generic[K, A]):
    """One kind of call, which takes many keys. What it answers is begun after it was asked for, never before."""

    def __init__(
        self, fetch: Callable[[Sequence[K]], Awaitable[A]], ended: Callable[[], object] = lambda: None
    ) -> None:
        """`ended` is told whenever nothing is under way any more."""
        self._fetch = fetch
        self._ended = ended
        self._open: _Batch[K, A] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, keys: Sequence[K]) -> Shared[A]:
        """What a call answers for these keys and maybe for others, some of them twice. Raises what the call raises."""
        batch = self._open
        if batch is None:
            batch = self._open = _Batch()
            asyncio.get_running_loop().call_soon(self._begin)  # together with who asks in the same turn of the loop
        begins = len(batch.keys)
        batch.keys += keys
        # A future for each: who is cancelled cancels what it waits for.
        asker = asyncio.get_running_loop().create_future()
        batch.askers.append(asker)
        if len(batch.keys) >= MOST:
            self._go()
        return Shared(await asker, begins)

    def _begin(self) -> None:
        if not self._under_way:
            self._go()
        elif self._open is not None and self._open.until is None:
            self._open.until = asyncio.get_running_loop().call_later(PATIENCE, self._go)

    def _go(self) -> None:
        batch, self._open = self._open, None
        if batch is None:
            return
        if batch.until is not None:
            batch.until.cancel()
        task = asyncio.get_running_loop().create_task(self._answer(batch))
        self._under_way.add(task)
        task.add_done_callback(self._next)

    def _next(self, done: asyncio.Task[None]) -> None:
        self._under_way.discard(done)
        if self._open is not None:
            self._begin()
        elif not self._under_way:
            self._ended()

    async def _answer(self, batch: _Batch[K, A]) -> None:
        try:
            found = await self._fetch(batch.keys)
        except asyncio.CancelledError:
            for asker in batch.askers:
                asker.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (it is theirs who asked)
            for asker in batch.askers:
                if not asker.done():
                    asker.set_exception(error)
        else:
            for asker in batch.askers:
                if not asker.done():
                    asker.set_result(found)


class Gatherings:
    """The gatherings of a process, each by its name, while something is under way in it."""

    def __init__(self) -> None:
        self._open: dict[Hashable, Gathering[Any, Any]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def of(self, name: Hashable, fetch: Callable[[Sequence[K]], Awaitable[A]]) -> Gathering[K, A]:
        """The gathering of that name; calls of the same name must be answered alike by each `fetch`."""
        found = self._open.get(name)
        if found is None:
            found = self._open[name] = Gathering(fetch, lambda: self._open.pop(name, None))
        return found
