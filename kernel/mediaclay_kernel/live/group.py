"""Those who are told the same: each event is checked and written once for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple, Protocol

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import ClayError, Unavailable
from mediaclay_kernel.live.counts import Counts
from mediaclay_kernel.live.following import Following
from mediaclay_kernel.live.patience import patiently

log = logging.getLogger(__name__)

PENDING = 10_000
"""Changes that wait to be written; behind so many, its subscribers read them from the changelog."""
RECENT_BYTES = 256 * 1024
"""Events that were written are kept for those who come back after a moment, all of the same group."""


class Subscriber(Protocol):
    """Who is told: see `member.Member`."""

    def tell(self, change: Change, body: bytes) -> bool:
        """Hands an event on; whether it was handed on."""
        ...

    def fall_behind(self) -> None:
        """Leaves those who are told what comes, to be replayed."""
        ...

    def end(self, error: ClayError) -> None:
        """Tells why there will be no more."""
        ...


class Written(NamedTuple):
    """An event as bytes; whether a server was away that should have said a part of it."""

    body: bytes
    is_lacking: bool = False


class _Offer(NamedTuple):
    change: Change | None
    unsettles: bool


Write = Callable[[Change], Awaitable[Written]]


class Group:
    """Subscribers that follow the same, may see the same, and asked for it in the same words."""

    def __init__(self, following: Following, write: Write, counts: Counts) -> None:
        self.following = following
        self.subscribers: set[Subscriber] = set()
        self.current: set[Subscriber] = set()
        """Those of them that miss nothing, and are told what comes."""
        self._write = write
        self._counts = counts
        self._pending: deque[_Offer] = deque()
        self._working: asyncio.Task[None] | None = None
        self._recent: OrderedDict[int, bytes] = OrderedDict()
        self._recent_bytes = 0

    def offer(self, change: Change | None, *, unsettles: bool = False) -> None:
        """A change that is followed has come, or something (or both) after which the right to follow is in doubt."""
        if not self.current:
            return
        if len(self._pending) >= PENDING:
            self._pending.clear()
            for member in [*self.current]:
                member.fall_behind()
            return
        self._pending.append(_Offer(change, unsettles))
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def written(self, change: Change) -> bytes:
        """The event of a change, written before or now."""
        body = self._recent.get(change.revision)
        if body is None:
            body = await self._write_whole(change)
            self._counts.rendered += 1
            self._keep(change.revision, body)
        return body

    async def check(self, change: Change | None) -> None:
        """Raises `ClayError` where those of the group may not be told. Waits while that can't be known."""
        await patiently(partial(self.following.check, change))

    async def _work(self) -> None:
        try:
            while self._pending and self.current:
                await self._tell(*self._pending.popleft())
        except ClayError as error:
            self.end(error)
        except Exception:
            log.exception("A subscription fell over")
            self.end(Unavailable("The subscription broke off; subscribe again, from your last cursor."))
        finally:
            self._pending.clear()
            self._working = None

    async def _tell(self, change: Change | None, unsettles: bool) -> None:
        if change is not None:
            await self.check(change)
            body = await self.written(change)
            told = sum([member.tell(change, body) for member in [*self.current]])
            self._counts.told(change, told)
        if unsettles:
            await self.check(None)

    def end(self, error: ClayError) -> None:
        """Ends all subscriptions."""
        for member in [*self.subscribers]:
            member.end(error)

    async def _write_whole(self, change: Change) -> bytes:
        """Waits while a server is away that should say a part of it; in the end it is told without that."""
        made = await self._write(change)
        if not made.is_lacking:
            return made.body
        try:
            return await patiently(partial(self._insist, change))
        except Unavailable:
            return made.body

    async def _insist(self, change: Change) -> bytes:
        made = await self._write(change)
        if made.is_lacking:
            raise Unavailable
        return made.body

    def _keep(self, revision: int, body: bytes) -> None:
        if revision not in self._recent:
            self._recent[revision] = body
            self._recent_bytes += len(body)
        while self._recent_bytes > RECENT_BYTES and len(self._recent) > 1:
            _, oldest = self._recent.popitem(last=False)
            self._recent_bytes -= len(oldest)
