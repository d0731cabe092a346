"""The changelog: every operation appends one change in its own transaction.

The revision is taken by the last statement before COMMIT, under the lock of the stream's head row. So the revisions
of a stream have no gap, and follow the order of the commits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mediaclay_kernel.database import UNREACHABLE, Connection, Database, reachable
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.rights import PUBLIC, Rights, rights_by_scope

CHANNEL = "mediaclay_changelog"
"""Where committed changes are announced: see `announced`."""
NAMED = 100
"""Streams that one announcement names at the most."""

_APPEND = """
WITH head AS (
    INSERT INTO changelog_head AS h (stream, revision) VALUES ($1, 1)
    ON CONFLICT (stream) DO UPDATE SET revision = h.revision + 1 RETURNING revision
)
INSERT INTO changelog (stream, revision, type, subject, details, touched, within, principal, actors)
SELECT $1, head.revision, $2, $3, $4, $5, $6, $7, $8 FROM head
RETURNING stream, revision, type, subject, details, touched, within, principal, actors, at
"""
_COLUMNS = "stream, revision, type, subject, details, touched, within, principal, actors, at"
_AFTER = f"SELECT {_COLUMNS} FROM changelog WHERE stream = $1 AND revision > $2 ORDER BY revision LIMIT $3"  # noqa: S608
# Up to the head that is read with them: what is committed meanwhile belongs to the next page.
_PAGE = f"""
WITH head AS (SELECT revision FROM changelog_head WHERE stream = $1)
SELECT head.revision AS head, c.*
FROM head LEFT JOIN LATERAL (
    SELECT {_COLUMNS} FROM changelog
    WHERE stream = $1 AND revision > $2 AND revision <= least(head.revision, $2 + $3)
      AND (CAST($4 AS uuid) IS NULL OR $4 = ANY(within))
) AS c ON true
ORDER BY c.revision
"""  # noqa: S608
_HEADS = "SELECT stream, revision FROM changelog_head WHERE stream = ANY($1::uuid[])"
# A row's xmin is the transaction that wrote it. What a transaction writes that is open now is found by asking from the
# oldest open one on again.
_NEWS = """
SELECT count(*) AS streams,
       array_agg(h.stream) FILTER (WHERE h.is_new) AS moved, array_agg(h.revision) FILTER (WHERE h.is_new) AS revisions,
       CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS xid) AS text) AS seen,
       concat_ws(' ', (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
                 CAST(CAST('changelog_head' AS regclass) AS oid), pg_relation_filenode('changelog_head'),
                 left(pg_walfile_name(pg_current_wal_lsn()), 8)) AS epoch
FROM (
    SELECT stream, revision,
           CAST($1 AS text) IS NULL OR age(xmin) <= age(CAST(CAST($1 AS text) AS xid)) AS is_new
    FROM changelog_head
) AS h
"""
_EACH_AFTER = f"""
SELECT c.* FROM unnest($1::uuid[], $2::bigint[]) AS k (stream, known)
CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM changelog WHERE stream = k.stream AND revision > k.known ORDER BY revision LIMIT $3
) AS c
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Event:
    """What an operation says of itself. `touched` are the ids that an index must read again, beside the subject.

    `within` are the places that it is a change of, the subject among them: in a tree all that stood above it, before it
    and after it. Who follows one of these is told.
    """

    type: str
    stream: UUID
    subject: UUID
    details: Mapping[str, Any]
    touched: Sequence[UUID] = ()
    within: Sequence[UUID] = ()


class Change(NamedTuple):
    """A row of the changelog: an event that was committed."""

    stream: UUID
    revision: int
    type: str
    subject: UUID
    details: dict[str, Any]
    touched: list[UUID]
    within: list[UUID]
    principal: UUID
    actors: list[UUID]
    at: datetime


class Stretch(NamedTuple):
    """The changes of a part of a stream that were asked for, the last revision looked at, and the newest there is."""

    changes: list[Change]
    upto: int
    head: int


class News(NamedTuple):
    """What was heard of all streams at one moment: the newest revision of each that may have moved on."""

    heads: dict[UUID, int]
    streams: int
    """How many there are at all, so that one that was deleted is missed."""
    seen: str
    """Where to ask from next time."""
    epoch: str
    """Which changelog it is: another one after a restore or a failover, whose revisions mean other changes."""


class UnitOfWork:
    """One transaction, the principal who acts in it, and the events that it will append."""

    def __init__(self, connection: Connection, principal: Principal, rights: Rights | None = None) -> None:
        """Without `rights` the principal has those that its scopes alone give."""
        self.connection = connection
        self.principal = principal
        self.rights = rights or rights_by_scope(principal) or PUBLIC
        self.changes: list[Change] = []
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        """Appends `event` to its stream at the end of the transaction."""
        self.events.append(event)

    async def append(self) -> None:
        """Takes the revisions. The order of the streams is fixed, or two of these could wait for each other."""
        ordered = sorted(self.events, key=lambda e: e.stream)
        if ordered:
            rows = await self.connection.fetchmany(_APPEND, [self._values(event) for event in ordered])
            self.changes += [Change(*row) for row in rows]

    def _values(self, event: Event) -> tuple[Any, ...]:
        touched, within = ([*dict.fromkeys((event.subject, *ids))] for ids in (event.touched, event.within))
        details, actors = dict(event.details), list(self.principal.actors)
        return event.stream, event.type, event.subject, details, touched, within, self.principal.id, actors


class Changelog:
    """Appends and reads the changes of one subgraph."""

    def __init__(self, database: Database, schema: str) -> None:
        self.database = database
        self.schema = schema
        self.hearers: list[Callable[[Sequence[Change]], None]] = []
        """Told of what this process commits before whoever asked for it gets an answer."""
        self._waking: asyncio.Task[None] | None = None
        self._news: set[UUID] = set()

    @asynccontextmanager
    async def unit_of_work(self, principal: Principal, rights: Rights | None = None) -> AsyncGenerator[UnitOfWork]:
        """One transaction that ends with its changes appended, and the relay woken."""
        async with self.database.transaction() as connection:
            work = UnitOfWork(connection, principal, rights)
            yield work
            await work.append()
        for hear in self.hearers:
            hear(work.changes)
        self._wake({change.stream for change in work.changes})

    def _wake(self, streams: Iterable[UUID]) -> None:
        # NOTIFY inside the transaction would make all committers of the database wait in one line.
        self._news.update(streams)
        if self._waking is None or self._waking.done():
            self._waking = self.database.later(self._notify())

    async def _notify(self) -> None:
        with contextlib.suppress(*UNREACHABLE):  # the relay looks by itself, too
            while self._news:  # of commits since the last one was sent, too
                named, self._news = self._news, set()
                said = " ".join([self.schema, *(map(str, named) if len(named) <= NAMED else ())])
                await self.database.pool.execute("SELECT pg_notify($1, $2)", CHANNEL, said)

    async def after(self, stream: UUID, revision: int, limit: int) -> list[Change]:
        """At most `limit` changes that follow `revision`, oldest first."""
        async with reachable():
            return [Change(*row) for row in await self.database.pool.fetch(_AFTER, stream, revision, limit)]

    async def stretch(self, stream: UUID, place: UUID | None, after: int, most: int) -> Stretch | None:
        """Of the `most` changes that follow `after`, those within `place`, or all. None where there is no such stream."""
        async with reachable():
            rows = await self.database.pool.fetch(_PAGE, stream, after, most, place)
        if not rows:
            return None
        head: int = rows[0][0]
        changes = [Change(*tuple(row)[1:]) for row in rows if row[1] is not None]
        return Stretch(changes, min(head, after + most), head)

    async def heads(self, streams: Sequence[UUID]) -> dict[UUID, int]:
        """The newest revision of each stream that has one."""
        async with reachable():
            return dict(await self.database.pool.fetch(_HEADS, list(streams)))


def announced(payload: object, schema: str) -> frozenset[UUID] | None:
    """The streams of a subgraph that an announcement names, none where they are too many; None where it is another's."""
    of, *named = str(payload).split(" ")
    return frozenset(map(UUID, named)) if of == schema else None


async def news(connection: Connection, since: str | None) -> News:
    """The streams that moved on since `seen` of an earlier answer; all of them for None. It may name some again."""
    row = await connection.fetchrow(_NEWS, since)
    heads: dict[UUID, int] = dict(zip(row["moved"] or (), row["revisions"] or (), strict=True))
    return News(heads, row["streams"], row["seen"], row["epoch"])


async def each_after(connection: Connection, known: Mapping[UUID, int], limit: int) -> list[Change]:
    """At most `limit` changes of each stream that follow the revision known of it, oldest first."""
    rows = await connection.fetch(_EACH_AFTER, list(known), list(known.values()), limit)
    return [Change(*row) for row in rows]
