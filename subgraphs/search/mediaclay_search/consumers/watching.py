"""Tells standing queries what the changes that were indexed mean for them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.errors import ClayError, LimitExceeded, Unavailable
from mediaclay_kernel.metrics import counted, gauged

from mediaclay_search.engine import SearchBackend
from mediaclay_search.modes import EventType
from mediaclay_search.records import After, Document, Everywhere, FeedLine, Hit, Scope, Search, Sight, Told
from mediaclay_search.sources.scopes import Scopes
from mediaclay_search.sources.trees import STAYING
from mediaclay_search.standing import Asked, Index, Seen, difference, lies_in

log = logging.getLogger(__name__)

WAITING = 10_000
"""Events that wait for one reader; who is slower is told to ask anew."""
MOST = 100_000
"""Standing queries of one process."""
PAGE = 500
RESHAPING = {"MOVED", "PRUNED", "RESTORED", "CLONED", "DELETED"}
"""Types of changes by which whole fragments come into a scope or leave it, without a word about each of their nodes."""

Who = tuple[UUID | None, str | None]
"""A branch, and the Authorization header in whose name it is looked at."""


class _Change(NamedTuple):
    revision: int
    old: Document | None
    new: Document | None


@dataclass
class _Seen:
    """What was read of one structure since the last commit."""

    changes: dict[str, _Change] = field(default_factory=dict[str, _Change])
    revision: int = 0
    reshapes: bool = False


class Query:
    """One standing query, and the events that wait for its reader."""

    def __init__(self, watching: Watching, asked: Asked, who: Who, sight: Sight) -> None:
        self.asked, self.who, self.sight = asked, who, sight
        self._watching = watching
        self._events: asyncio.Queue[Told | ClayError] = asyncio.Queue()

    def tell(self, told: Told) -> None:
        """Hands an event on."""
        if self._events.qsize() < WAITING:
            self._events.put_nowait(told)
        else:
            self.end(Unavailable("The subscriber is too slow; subscribe again."))

    def end(self, error: ClayError) -> None:
        """There will be no more."""
        self._watching.forget(self)
        self._events.put_nowait(error)

    async def records(self) -> AsyncIterator[Told]:
        """Each event as it comes. Raises the `ClayError` with which it ends."""
        try:
            while True:
                found = await self._events.get()
                if isinstance(found, ClayError):
                    raise found
                yield found
        finally:
            self._watching.forget(self)


class Watching:
    """See `writer.Watch`. What was committed is looked at by a task of its own, `work`, so that indexing does not wait."""

    def __init__(self, backend: SearchBackend, scopes: Scopes) -> None:
        self._backend = backend
        self._scopes = scopes
        self._index = Index[Query]()
        self._queries: dict[Query, None] = {}
        self._seen: defaultdict[str, _Seen] = defaultdict(_Seen)
        self._queue: asyncio.Queue[tuple[str, _Seen]] = asyncio.Queue(8)
        self._told = 0
        gauged(self, "clay.search.standing", lambda own: [(len(own._queries), {})], description="Standing queries.")
        counted(self, "clay.search.told", lambda own: [(own._told, {})], description="Events of standing queries.")

    async def add(self, asked: Asked, who: Who) -> Query:
        """A new standing query. Raises as `Scopes.sight` does, and `LimitExceeded`."""
        if len(self._queries) >= MOST:
            raise LimitExceeded(f"There are {MOST} standing queries already.", limit=MOST)
        words = {word for item in asked.items for word in item.words}
        frequency = {word: await self._frequency(word) for word in words} if len(words) > 1 else {}
        query = Query(self, asked, who, await self._scopes.sight(*who))
        self._queries[query] = None
        self._index.add(query, asked, frequency)
        return query

    async def _frequency(self, word: str) -> int:
        return (await self._backend.search(Search(word, first=0))).total

    def forget(self, query: Query) -> None:
        """The reader has gone."""
        self._queries.pop(query, None)
        self._index.remove(query)

    async def see(self, structure: str, line: FeedLine) -> None:
        """See `Watch`."""
        if not self._queries:
            self._seen.pop(structure, None)
            return
        seen = self._seen[structure]
        seen.revision = line.revision
        # More than one node is named where others were relabelled: a fragment was split, and scopes have other anchors.
        splits = len(line.nodes) + len(line.gone) > 1 and line.type not in STAYING
        seen.reshapes = seen.reshapes or splits or line.type in RESHAPING
        new: dict[str, Document | None] = {**dict.fromkeys(line.gone), **{node.id: node for node in line.nodes}}
        old = await self._backend.documents([id_ for id_ in new if id_ not in seen.changes])
        for id_, document in new.items():
            before = seen.changes[id_].old if id_ in seen.changes else old.get(id_)
            seen.changes[id_] = _Change(line.revision, before, document)

    async def committed(self, structure: str) -> None:
        """See `Watch`."""
        if (seen := self._seen.pop(structure, None)) is not None:
            await self._queue.put((structure, seen))

    async def work(self) -> None:
        """Tells; ends only when cancelled."""
        while True:
            structure, seen = await self._queue.get()
            try:
                await self._tell(structure, seen)
            except ClayError as error:
                log.warning("Standing queries are not told of revision %s: %s", seen.revision, error.message)
                for query in [*self._queries]:
                    query.end(Unavailable("Something may have been missed; subscribe again."))

    async def _tell(self, structure: str, seen: _Seen) -> None:
        sights = _Sights(self._scopes)
        for id_, change in seen.changes.items():
            old, new = _seen(change.old), _seen(change.new)
            for query in self._index.candidates(old, new):
                was, is_ = _matches(query, old), _matches(query, new)
                if was or is_:
                    await self._judge(query, id_, change, sights, was=was, is_=is_)
        if seen.reshapes:
            for query in [each for each in self._queries if _covers(each.sight.scope, structure)]:
                await self._reshape(query, structure, seen, sights)
        for query in sights.asked_by:
            sight = await sights.of(query)
            query.sight = sight or query.sight

    async def _judge(self, query: Query, id_: str, change: _Change, sights: _Sights, *, was: bool, is_: bool) -> None:
        """Whether a node that matches by its words, before or now, does so where it stood and stands."""
        sight = await sights.of(query)
        if sight is None:
            return
        was = was and change.old is not None and lies_in(change.old, query.sight.scope)
        is_ = is_ and change.new is not None and lies_in(change.new, sight.scope)
        if is_ and not was:
            await self._matched(query, [id_], sight.scope, change.revision)
        elif was and not is_:
            self._unmatched(query, [id_], change.revision)

    async def _reshape(self, query: Query, structure: str, seen: _Seen, sights: _Sights) -> None:
        """Nodes that nobody named, in fragments that came into the query's sight or left it."""
        sight = await sights.of(query)
        if sight is None:
            return
        gained, lost = difference(query.sight.scope, sight.scope, structure)
        named = tuple(seen.changes)
        if gained:
            async for ids in self._all(query, gained, named):
                await self._matched(query, ids, sight.scope, seen.revision)
        if lost:
            async for ids in self._all(query, lost, named):
                self._unmatched(query, ids, seen.revision)

    async def _all(self, query: Query, scope: Scope, named: tuple[str, ...]) -> AsyncIterator[list[str]]:
        asked = query.asked
        search = Search(asked.text, scope, asked.kinds, PAGE, where=asked.where, without=named)
        while True:
            page = await self._backend.search(search)
            if page.hits:
                yield [hit.id for hit in page.hits]
            if not page.has_next:
                return
            last = page.hits[-1]
            search = replace(search, after=After(last.score, last.id, last.rank))

    async def _matched(self, query: Query, ids: Iterable[str], scope: Scope, revision: int) -> None:
        wanted = tuple(ids)
        search = Search(query.asked.text, scope, first=len(wanted), only=wanted)
        found = {hit.id: hit for hit in (await self._backend.search(search)).hits}
        for id_ in wanted:
            self._told += 1
            query.tell(Told(EventType.MATCHED, found.get(id_) or Hit(id_, 0.0, 1, list), revision))

    def _unmatched(self, query: Query, ids: Iterable[str], revision: int) -> None:
        for id_ in ids:
            self._told += 1
            query.tell(Told(EventType.UNMATCHED, Hit(id_, 0.0, 1, list), revision))


class _Sights:
    """What callers may see now, asked once for each of them while some changes are told."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._known: dict[Who, Sight | ClayError] = {}
        self.asked_by: dict[Query, None] = {}

    async def of(self, query: Query) -> Sight | None:
        """The sight of a query of now; None where it has none any more, of which its reader is told."""
        if query.who not in self._known:
            try:
                self._known[query.who] = await self._scopes.sight(*query.who)
            except ClayError as error:
                self._known[query.who] = error
        found = self._known[query.who]
        if isinstance(found, ClayError):
            query.end(type(found)(found.message))
            return None
        self.asked_by[query] = None
        return found


def _covers(scope: Scope, structure: str) -> bool:
    return isinstance(scope, Everywhere) or any(part.structure == structure for part in scope)


def _seen(document: Document | None) -> Seen | None:
    return None if document is None else Seen(document)


def _matches(query: Query, seen: Seen | None) -> bool:
    return seen is not None and query.asked.matches(seen)
