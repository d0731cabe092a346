"""Follows who was disabled or signed out: told by the bus, certain by asking the identity subgraph each second.

An answer, and a message that follows it without a gap, makes what this process knows good for a lease from then on. What
was heard last is believed no longer than that, and then no token is (`Standing.ensure`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import httpx

from mediaclay_kernel.background import beside
from mediaclay_kernel.bus import Bus
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import ClayError, Unavailable
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.relay import carried
from mediaclay_kernel.tokens import ServiceTokens
from mediaclay_kernel.tokens.standing import FOR_EVER

log = logging.getLogger(__name__)

PATH = "/v1/standings"
"""Of the identity subgraph."""
HEARD = "clay:standings:heard"
"""The bus's stream on which each process says how far it has heard."""
PRINCIPALS, LEAST = "principals", "leastIat"
"""In the details of a change: the principals whose standing it is of, and their least `iat`, null for the disabled."""
IDLE = 1.0
"""Seconds between two looks."""
PATIENCE = 2.0
"""Seconds that a look may take."""
LONGEST = 5.0
"""Seconds between two tries to hear the bus, at the most."""


class Position(NamedTuple):
    """How far somebody has heard. Another epoch is another history: after a restore from a backup."""

    epoch: str
    revision: int


class Told(NamedTuple):
    """What is new since a position, or everybody's standing where `is_whole`."""

    position: Position
    is_whole: bool
    least: Mapping[UUID, float]
    """Of grants: whose have changed."""
    stream: UUID
    """The stream of the changelog that standings change on."""
    channel: str
    """The bus's stream that carries it."""


class Kept(Protocol):
    """What is kept in step with a source: `Standing`, and `access.Book`."""

    lease: float
    good_until: float
    look: Callable[[], Awaitable[None]] | None

    def apply(self, changes: Iterable[tuple[UUID, float]]) -> None:
        """What has changed."""
        ...

    def replace(self, least: Mapping[UUID, float]) -> None:
        """All of it."""
        ...

    def believe(self, heard_at: float) -> None:
        """All is known as of then, by `time.monotonic()`."""
        ...

    def lose(self) -> None:
        """What was known is too old."""
        ...


K = TypeVar("K", bound=Kept)


class Source(Protocol):
    """Who knows everybody's standing."""

    async def since(self, position: Position | None) -> Told:
        """What has changed since then; all of it for None. Raises `ClayError`."""
        ...


class RemoteSource:
    """The identity subgraph at `url`, without a path."""

    def __init__(self, url: str, http: httpx.AsyncClient, tokens: ServiceTokens) -> None:
        self._url = url.rstrip("/") + PATH
        self._http = http
        self._tokens = tokens

    async def since(self, position: Position | None) -> Told:
        """See `Source`."""
        query = {} if position is None else {"epoch": position.epoch, "after": str(position.revision)}
        headers = await self._tokens.headers()
        try:
            response = await self._http.get(self._url, params=query, headers=headers, timeout=PATIENCE)
            response.raise_for_status()
            return told(response.json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable("The identity subgraph does not say who may act; try again.") from error


def told(said: Mapping[str, Any]) -> Told:
    """What an answer of identity's means. Raises `ValueError`, `KeyError`, `TypeError`, `AttributeError`."""
    least = {UUID(who): FOR_EVER if iat is None else float(iat) for who, iat in said["standings"].items()}
    position = Position(str(said["epoch"]), int(said["revision"]))
    return Told(position, bool(said["whole"]), least, UUID(said["stream"]), str(said["channel"]))


def shown(answer: Told) -> dict[str, Any]:
    """The answer that `told` reads."""
    return {
        "epoch": answer.position.epoch, "revision": answer.position.revision, "whole": answer.is_whole,
        "standings": {str(who): None if iat == FOR_EVER else iat for who, iat in answer.least.items()},
        "stream": str(answer.stream), "channel": answer.channel,
    }  # fmt: skip


class Everyone:
    """A source by which nobody was ever disabled: for tests of a subgraph by itself."""

    async def since(self, position: Position | None) -> Told:
        """See `Source`."""
        return Told(Position("", 0), position is None, {}, UUID(int=0), "")


def least_of(change: Change) -> list[tuple[UUID, float]]:
    """The standings that a change sets."""
    iat = change.details[LEAST]
    return [(UUID(who), FOR_EVER if iat is None else float(iat)) for who in change.details[PRINCIPALS]]


class Watch(Generic[K]):
    """Keeps a `Standing` in step with its source; or whatever else `read` makes of each change."""

    def __init__(
        self, standing: K, source: Source, bus: Bus | None = None, *, heard: str = HEARD,
        read: Callable[[Change], Iterable[tuple[UUID, float]]] = least_of, what: str = "Who may act",
    ) -> None:  # fmt: skip
        """`heard` is the bus's stream on which it says how far it has heard, and `what` the words for the log."""
        self._heard_on = heard
        self._read = read
        self._what = what
        self.standing = standing
        self.source = source
        """Whoever keeps the standings itself puts itself here, before the watch runs."""
        self.bus = bus
        self.position: Position | None = None
        self.name = str(new_id())
        """Of this process, on the stream `HEARD`."""
        self._told: Told | None = None
        self._looking: asyncio.Task[None] | None = None
        self._is_lost = False
        standing.look = self.look

    async def look(self) -> None:
        """Asks now; whoever comes meanwhile waits for the same answer. What goes wrong is no more than not known."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())
        await asyncio.shield(self._looking)

    async def run(self) -> None:
        """Follows; ends only when cancelled."""
        async with beside(self._look_again(), *([self._hear(self.bus)] if self.bus is not None else ())):
            await asyncio.Event().wait()

    async def _look(self) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self.source.since(self.position)
        except (ClayError, TimeoutError) as error:
            log.debug("%s is not heard of: %s", self._what, error)
            return
        except Exception:
            log.exception("%s: asking fell over", self._what)
            return
        if answer.is_whole:
            self.standing.replace(answer.least)
        else:
            self.standing.apply(answer.least.items())
        self._told, self.position = answer, answer.position
        self.standing.believe(began)
        self._is_lost = False
        await self._say()

    async def _look_again(self) -> None:
        while True:
            await self.look()
            if time.monotonic() >= self.standing.good_until and not self._is_lost:
                self._is_lost = True
                log.warning("%s was not heard of for %.0f s: it is refused", self._what, self.standing.lease)
                self.standing.lose()
            await asyncio.sleep(IDLE)

    async def _hear(self, bus: Bus) -> None:
        pause = 0.1
        while True:
            if self._told is None or not self._told.channel:
                await asyncio.sleep(IDLE / 10)
                continue
            try:
                async with contextlib.aclosing(bus.listen(self._told.channel)) as messages:
                    async for message in messages:
                        pause = 0.1
                        if message.get("stream") == str(self._told.stream):
                            await self._heard(int(message["revision"]), carried(message))
            except Unavailable as error:
                log.debug("%s is not heard of on the bus: %s", self._what, error)
            except Exception:
                log.exception("%s: hearing fell over", self._what)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST)

    async def _heard(self, revision: int, change: Change | None) -> None:
        position = self.position
        if position is not None and revision <= position.revision:
            return None
        if position is None or change is None or revision != position.revision + 1:
            return await self.look()
        self.standing.apply(self._read(change))
        self.position = position._replace(revision=revision)
        return await self._say()

    async def _say(self) -> None:
        """Tells how far this process has heard, for whoever waits until all have."""
        if self.bus is not None and self.position is not None:
            with contextlib.suppress(Unavailable):
                await self.bus.publish(
                    self._heard_on,
                    [{"process": self.name, "epoch": self.position.epoch, "revision": str(self.position.revision)}],
                )


class Hearers:
    """The processes that follow, and how far each has heard: whoever disables somebody waits until all know."""

    GONE = 3.0
    """Seconds after which a process that says nothing is not waited for."""
    SETTLED = 1.5 * IDLE
    """Seconds of listening after which every process that lives has said something: each does so at each look."""

    def __init__(self, heard: str = HEARD) -> None:
        """`heard` is the bus's stream on which they say it."""
        self._heard_on = heard
        self._heard: dict[str, tuple[Position, float]] = {}
        self._came = asyncio.Event()
        self._since = time.monotonic()
        """When it began to listen."""

    def hear(self, message: Mapping[str, str]) -> None:
        """A process says how far it has heard."""
        position = Position(message["epoch"], int(message["revision"]))
        self._heard[message["process"]] = position, time.monotonic()
        self._came.set()

    async def all_at(self, position: Position, patience: float) -> bool:
        """Waits until each process that lives has heard this, `patience` seconds at the most; answers whether they have."""
        try:
            async with asyncio.timeout(patience):
                # Who was not heard of yet, since we have just begun to listen, is waited for, too.
                await asyncio.sleep(max(self._since + self.SETTLED - time.monotonic(), 0))
                while self._behind(position):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            log.warning("%d processes have not said on %s that they know", self._behind(position), self._heard_on)
        return not self._behind(position)

    async def run(self, bus: Bus) -> None:
        """Hears them; ends only when cancelled."""
        while True:
            with contextlib.suppress(Unavailable, KeyError, ValueError):
                async with contextlib.aclosing(bus.listen(self._heard_on)) as messages:
                    self._since = time.monotonic()
                    async for message in messages:
                        self.hear(message)
            await asyncio.sleep(IDLE)

    def _behind(self, position: Position) -> int:
        now = time.monotonic()
        self._heard = {name: said for name, said in self._heard.items() if now - said[1] < self.GONE}
        # Of another history nobody here is: they may be another instance's.
        return sum(
            heard.epoch == position.epoch and heard.revision < position.revision for heard, _ in self._heard.values()
        )


@asynccontextmanager
async def watching(watch: Watch[Any]) -> AsyncGenerator[None]:
    """A watch at work in the background."""
    async with beside(watch.run()):
        yield
