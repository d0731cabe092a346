"""All subscriptions of a process to one subgraph's changelog."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Hashable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from uuid import UUID

from mediaclay_kernel.background import beside
from mediaclay_kernel.bus import Bus
from mediaclay_kernel.changelog import CHANNEL, Change, Changelog, announced
from mediaclay_kernel.database import UNREACHABLE, Connection, connect_apart
from mediaclay_kernel.errors import BadUserInput, ClayError, Conflict, NotFound, Unavailable
from mediaclay_kernel.live.counts import Counts
from mediaclay_kernel.live.followed import Changes
from mediaclay_kernel.live.following import GONE, HISTORY, Check, Following, Sink
from mediaclay_kernel.live.group import Group, Write
from mediaclay_kernel.live.member import Member
from mediaclay_kernel.live.stream import Stream
from mediaclay_kernel.relay import carried, stream_name

log = logging.getLogger(__name__)

IDLE = 1.0
"""Seconds after which it looks without having been woken."""
LATE = 0.02
"""Seconds that a change gets to arrive by the bus when a later one has come."""
AT_ONCE = 500
LONGEST = 5.0
"""Seconds between two tries to reach the bus or to listen, at the most."""

Connect = Callable[[], AbstractAsyncContextManager[Connection]]


class Live:
    """Follows the streams that somebody subscribes to: told by the bus, certain by asking the changelog."""

    def __init__(self, changelog: Changelog, connect: Connect, bus: Bus | None, unsettling: Iterable[str] = ()) -> None:
        """`unsettling` are the types of changes after which everybody's right to follow the stream is in doubt."""
        self.changelog = changelog
        self.counts = Counts(changelog.schema)
        self._connect = connect
        self._bus = bus
        self._unsettling = frozenset(unsettling)
        self._streams: dict[UUID, Stream] = {}
        self._woken = asyncio.Event()
        self._hears_bus = False
        self._ending: ClayError | None = None

    def follow(self, stream: UUID, place: UUID | None, after: int | None, check: Check) -> Changes:
        """The changes of a stream, for a field of the subscription type to answer. See `Following`."""
        return Changes(self.open, Following(stream, place, after, check))

    def position(self, stream: UUID) -> int:
        """The revision up to which a stream's groups were told."""
        followed = self._streams.get(stream)
        return 0 if followed is None else followed.position

    async def open(self, following: Following, name: Hashable, write: Write, sink: Sink) -> Member:
        """A new subscription. Those of the same `name` are told the same, so they must follow and see the same.

        Raises `NotFound` where there is no such stream, `BadUserInput` for a cursor that it has not reached.
        """
        if self._ending is not None:
            raise self._ending
        head = await self._head(following.stream)
        after = head if following.after is None else following.after
        if not 0 <= after <= head:
            raise BadUserInput(f"There is no revision {after}: the newest one is {head}.", currentRevision=head)
        stream = self._streams.get(following.stream)
        if stream is None:
            stream = self._streams[following.stream] = Stream(head)
            self._woken.set()  # for what was told of it since its head was read
        group = stream.group(following.place, name, lambda: Group(following, write, self.counts))
        member = Member(self, group, sink, after)
        member.start()
        return member

    def forget(self, group: Group) -> None:
        """A subscriber of the group has left."""
        stream = self._streams.get(group.following.stream)
        if stream is not None and not group.subscribers:
            stream.drop(group)
            if stream.is_idle:
                del self._streams[group.following.stream]

    def hear(self, changes: Sequence[Change]) -> None:
        """Changes that were committed, from whoever knows of them first. They may come twice, late, or out of order."""
        for change in changes:
            stream = self._streams.get(change.stream)
            if stream is not None and not stream.feed(change, is_unsettling=change.type in self._unsettling):
                asyncio.get_running_loop().call_later(LATE, self._woken.set)

    def recheck(self) -> None:
        """Something happened that may end rights: all groups are asked whether they may still be told."""
        for stream in self._streams.values():
            stream.recheck()

    def end(self, error: ClayError) -> None:
        """Ends all subscriptions, and refuses new ones."""
        self._ending = error
        for stream in [*self._streams.values()]:
            stream.end(error)

    async def run(self) -> None:
        """Follows; ends only when cancelled."""
        works = [self._look_again(), self._listen()]
        if self._bus is not None:
            works.append(self._hear_bus(self._bus))
        async with beside(*works):
            await asyncio.Event().wait()

    async def _head(self, stream: UUID) -> int:
        head = (await self.changelog.heads([stream])).get(stream)
        if head is None:
            raise NotFound("There is nothing of that kind to follow.", reason=GONE)
        return head

    async def _hear_bus(self, bus: Bus) -> None:
        name = stream_name(self.changelog.schema)
        pause = 0.1
        while True:
            try:
                async with contextlib.aclosing(bus.listen(name)) as messages:
                    async for message in messages:
                        self._hears_bus, pause = True, 0.1
                        self._heard(UUID(message["stream"]), int(message["revision"]), partial(carried, message))
            except Unavailable as error:
                log.warning("Subscriptions do not hear the bus, and ask the database: %s", error)
            except Exception:
                log.exception("Hearing the bus fell over")
            self._hears_bus = False
            self._woken.set()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST)

    def _heard(self, name: UUID, revision: int, read: Callable[[], Change | None]) -> None:
        stream = self._streams.get(name)
        if stream is None or revision <= stream.position:
            return
        change = read()
        if change is None:
            self._woken.set()
        else:
            self.hear([change])

    async def _listen(self) -> None:
        """Hears of commits from the database, for when the bus is away."""
        pause = 0.1
        while True:
            with contextlib.suppress(*UNREACHABLE, TimeoutError):
                async with self._connect() as connection:
                    await connection.add_listener(CHANNEL, self._announced)
                    pause = 0.1
                    while True:
                        await asyncio.sleep(IDLE)
                        await connection.execute("SELECT 1", timeout=IDLE)  # a dead connection says nothing
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST)

    def _announced(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        named = None if self._hears_bus else announced(payload, self.changelog.schema)
        if named is not None and (not named or named & self._streams.keys()):
            self._woken.set()

    async def _look_again(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: in Python 3.11 it may swallow that we are cancelled.
                async with asyncio.timeout(IDLE):
                    await self._woken.wait()
            self._woken.clear()
            try:
                await self._look()
            except Unavailable:
                await asyncio.sleep(IDLE / 5)
            except Exception:
                log.exception("Looking for changes fell over")
                await asyncio.sleep(IDLE)

    async def _look(self) -> None:
        """Reads what the streams have that nobody told of."""
        followed = dict(self._streams)
        heads = await self.changelog.heads([*followed])
        for name, stream in followed.items():
            head = heads.get(name)
            if head is None:
                stream.end(NotFound("What was followed is not there any more.", reason=GONE))
            elif head < stream.seen:
                stream.end(Conflict("The changelog is another one than before: read everything anew.", reason=HISTORY))
            else:
                stream.seen = head
                await self._read_up_to(name, stream, head)

    async def _read_up_to(self, name: UUID, stream: Stream, head: int) -> None:
        while stream.position < head and self._streams.get(name) is stream:
            changes = await self.changelog.after(name, stream.position, AT_ONCE)
            if not changes:
                return
            self.hear(changes)


@asynccontextmanager
async def running(
    changelog: Changelog, url: str, bus: Bus | None, unsettling: Iterable[str] = ()
) -> AsyncGenerator[Live]:
    """Subscriptions to a changelog, followed in the background."""
    live = Live(changelog, partial(connect_apart, url, changelog.schema), bus, unsettling)
    changelog.hearers.append(live.hear)
    try:
        async with beside(live.run()):
            yield live
    finally:
        changelog.hearers.remove(live.hear)
