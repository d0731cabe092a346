"""The relay hands committed changes to the bus, in order, at least once. One process per subgraph leads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from mediaclay_kernel.background import beside
from mediaclay_kernel.bus import Bus, Message
from mediaclay_kernel.changelog import CHANNEL, Change, Changelog, announced
from mediaclay_kernel.database import UNREACHABLE
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.metrics import Values, counted, gauged, timed

log = logging.getLogger(__name__)
_LAG = timed("clay.relay.lag", "From a commit to the moment at which it was handed to the bus, of each batch's first.")

BATCH = 500
LARGEST = 32 * 1024
"""Bytes of a change on the bus, which keeps some thousand of them."""
IDLE = 1.0
"""Seconds after which it looks without having been woken."""
LONGEST = 10.0
"""Seconds between two tries at the most."""

_BEHIND = """
SELECT h.stream, coalesce(r.revision, 0) AS relayed
FROM changelog_head h LEFT JOIN changelog_relay r USING (stream)
WHERE h.revision > coalesce(r.revision, 0) AND (CAST($1 AS uuid[]) IS NULL OR h.stream = ANY($1)) LIMIT 100
"""
_RELAYED = """
INSERT INTO changelog_relay (stream, revision) VALUES ($1, $2)
ON CONFLICT (stream) DO UPDATE SET revision = greatest(changelog_relay.revision, excluded.revision)
"""


_CARRIED = ("type", "subject", "details", "within", "principal", "actors", "at")


def stream_name(schema: str) -> str:
    """The bus's stream of a subgraph's changes."""
    return f"clay:{schema}:changes"


def message(change: Change) -> Message:
    """A change as the bus carries it: whole but for `touched`, or its number alone where it is large."""
    said = to_json({name: getattr(change, name) for name in _CARRIED})
    known = {"stream": str(change.stream), "revision": str(change.revision)}
    return {**known, "json": said.decode()} if len(said) <= LARGEST else known


def carried(told: Message) -> Change | None:
    """The change of a message; None where the changelog must be asked for it, or where it is none of ours."""
    try:
        said: dict[str, Any] = orjson.loads(told["json"])
        ids = {name: [UUID(each) for each in said[name]] for name in ("within", "actors")}
        return Change(
            UUID(told["stream"]), int(told["revision"]), said["type"], UUID(said["subject"]), said["details"], [],
            ids["within"], UUID(said["principal"]), ids["actors"], datetime.fromisoformat(said["at"]),
        )  # fmt: skip
    except (KeyError, ValueError, TypeError):
        return None


class Relay:
    """Hands the changes of one subgraph to the bus."""

    def __init__(self, changelog: Changelog, bus: Bus) -> None:
        self._changelog = changelog
        self._bus = bus
        self._attributes = {"subgraph": changelog.schema}
        self._woken = asyncio.Event()
        self.handed = 0
        """Changes that were handed on."""
        self.leads = False
        counted(self, "clay.relay.handed", Relay._handed, description="Changes handed to the bus.")
        gauged(self, "clay.relay.leads", Relay._leads, description="Whether this process hands changes on.")
        self._named: set[UUID] | None = None
        """The streams that were announced since it looked last; None where it must look at all."""

    async def run(self) -> None:
        """Leads while it can; ends only when cancelled."""
        pause = IDLE
        while True:
            try:
                async with self._changelog.database.pool.acquire() as connection:
                    await self._lead(connection)
                pause = IDLE
            except (*UNREACHABLE, Unavailable) as error:
                log.warning("The relay waits %.0f s: %s", pause, error)
                pause = min(pause * 2, LONGEST)
            except Exception:
                log.exception("The relay fell over; it goes on in %.0f s", LONGEST)
                pause = LONGEST
            await asyncio.sleep(pause)

    async def _lead(self, connection: Any) -> None:
        key = f"relay {self._changelog.schema}"
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", key):
            return
        await connection.add_listener(CHANNEL, self._hear)
        self.leads = True
        try:
            self._named = None
            while True:
                named, self._named = self._named, set()
                self._woken.clear()
                while await self.hand_on(named):
                    pass
                try:
                    # Not `wait_for`: in Python 3.11 it may swallow that we are cancelled.
                    async with asyncio.timeout(IDLE):
                        await self._woken.wait()
                except TimeoutError:
                    self._named = None
                    await connection.execute("SELECT 1")  # or we would go on leading over a dead connection
        finally:
            self.leads = False
            with contextlib.suppress(*UNREACHABLE):
                await connection.remove_listener(CHANNEL, self._hear)
                await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", key)

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        named = announced(payload, self._changelog.schema)
        if named is None:
            return
        self._named = None if not named or self._named is None else self._named | named
        self._woken.set()

    async def hand_on(self, streams: Collection[UUID] | None = None) -> int:
        """Hands on one batch of each stream (of these, or of all) that is behind; answers how many changes those were."""
        handed = 0
        for row in await self._changelog.database.pool.fetch(_BEHIND, None if streams is None else list(streams)):
            handed += await self._hand_on(row["stream"], row["relayed"])
        return handed

    async def _hand_on(self, stream: UUID, relayed: int) -> int:
        changes = await self._changelog.after(stream, relayed, BATCH)
        if changes:
            await self._bus.publish(stream_name(self._changelog.schema), [message(c) for c in changes])
            await self._changelog.database.pool.execute(_RELAYED, stream, changes[-1].revision)
            self.handed += len(changes)
            _LAG.record((datetime.now(UTC) - changes[0].at).total_seconds() * 1000, self._attributes)
        return len(changes)

    def _handed(self) -> Values:
        return [(self.handed, self._attributes)]

    def _leads(self) -> Values:
        return [(int(self.leads), self._attributes)]


@asynccontextmanager
async def running(changelog: Changelog, bus: Bus) -> AsyncGenerator[None]:
    """A relay at work in the background."""
    async with beside(Relay(changelog, bus).run()):
        yield
