"""One subscriber, from its cursor on."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Protocol
from uuid import UUID

from mediaclay_kernel.changelog import Change, Changelog, Stretch
from mediaclay_kernel.errors import ClayError, NotFound, Unavailable
from mediaclay_kernel.live.counts import Counts
from mediaclay_kernel.live.following import GONE, Sink
from mediaclay_kernel.live.group import Group
from mediaclay_kernel.live.patience import patiently

log = logging.getLogger(__name__)

AT_ONCE = 2_000
"""Revisions that are looked at by one statement of a replay."""


class Hub(Protocol):
    """What a member asks of all subscriptions: see `live.Live`."""

    changelog: Changelog
    counts: Counts

    def position(self, stream: UUID) -> int:
        """The revision up to which a stream's groups were told."""
        ...

    def forget(self, group: Group) -> None:
        """A subscriber of the group has left."""
        ...


class Member:
    """Is replayed what it has missed, and is then a member of its group, which tells it what comes."""

    def __init__(self, live: Hub, group: Group, sink: Sink, after: int) -> None:
        self.cursor = after
        """The revision up to which nothing is missing."""
        self._live = live
        self._group = group
        self._sink = sink
        self._is_over = False
        self._catching_up: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins with what is missing."""
        self._live.counts.members += 1
        self._group.subscribers.add(self)
        self._catch_up()

    def tell(self, change: Change, body: bytes) -> bool:
        """Hands an event on, unless it was replayed; whether it was handed on."""
        if change.revision <= self.cursor:
            return False
        if self._sink.is_full:
            self._live.counts.slow += 1
            self.fall_behind()
            return False
        self._sink.push(change, body)
        self.cursor = change.revision
        return True

    def fall_behind(self) -> None:
        """Leaves the group, to be replayed from its cursor on."""
        self._group.current.discard(self)
        self._catch_up()

    def end(self, error: ClayError) -> None:
        """Tells why there will be no more, and from where to go on."""
        if not self._is_over:
            self.leave()
            error = type(error)(error.message, **{**error.details, "after": self.cursor})
            self._sink.close(error)

    def leave(self) -> None:
        """The subscriber has gone."""
        if self._is_over:
            return
        self._is_over = True
        self._live.counts.members -= 1
        self._group.subscribers.discard(self)
        self._group.current.discard(self)
        self._live.forget(self._group)
        if self._catching_up is not None and self._catching_up is not asyncio.current_task():
            self._catching_up.cancel()

    def _catch_up(self) -> None:
        if self._catching_up is None and not self._is_over:
            self._catching_up = asyncio.get_running_loop().create_task(self._replay())

    async def _replay(self) -> None:
        try:
            await self._sink.drained()
            while self._is_behind():
                await self._replay_some()
                await self._sink.drained()
            await self._group.check(None)
        except ClayError as error:
            self.end(error)
        except Exception:
            log.exception("A replay fell over")
            self.end(Unavailable("The subscription broke off; subscribe again, from your last cursor."))
        finally:
            self._catching_up = None
        if self._is_over:
            return
        if self._is_behind():  # something has come since it was looked at last
            self._catch_up()
        else:
            self._group.current.add(self)

    def _is_behind(self) -> bool:
        return self.cursor < self._live.position(self._group.following.stream)

    async def _replay_some(self) -> None:
        stretch = await self._stretch()
        for change in stretch.changes:
            await self._group.check(change)
            body = await self._group.written(change)
            await self._sink.drained()
            self._sink.push(change, body)
            self.cursor = change.revision
            self._live.counts.replayed += 1
        self.cursor = max(self.cursor, stretch.upto)

    async def _stretch(self) -> Stretch:
        """What the changelog has behind the cursor. Waits while it can't be asked."""
        following = self._group.following
        ask = partial(self._live.changelog.stretch, following.stream, following.place, self.cursor, AT_ONCE)
        found = await patiently(ask)
        if found is None:
            raise NotFound("What was followed is not there any more.", reason=GONE)
        return found
