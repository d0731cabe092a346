"""Tells standing queries what the changes that were indexed mean for them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from mediaclay_kernel.errors import ClayError, LimitExceeded, Unavailable
from mediaclay_kernel.metrics import counted, gauged

from mediaclay_search.engine import SearchBackend
from mediaclay_search.modes import EventType
from mediaclay_search.records import After, Document, FeedLine, Hit, Scope, Search, Sight, Told
from mediaclay_search.sources.scopes import Scopes
from mediaclay_search.sources.trees import STAYING
from mediaclay_search.standing import (
    Asked,
    Index,
    Inside,
    Outlook,
    Outlooks,
    Query,
    Seen,
    Watched,
    Who,
    difference,
    shown,
)

log = logging.getLogger(__name__)

MOST = 100_000
"""Standing queries of one process."""
PAGE = 500
MATCHING = 1.0
"""The score of a node that matches; each is told alone, so there is nothing to compare it with."""
RESHAPING = {"MOVED", "PRUNED", "RESTORED", "CLONED", "DELETED"}
"""Types of changes by which whole fragments come into a scope or leave it, without a word about each of their nodes."""
AT_ONCE = 16
"""Callers whose sights are asked for together."""
NEXT = 50
"""Changes that are held against the queries before others have their turn."""


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


class _Match(NamedTuple):
    """A query whose words a node matched before a change, or matches now."""

    watched: Watched
    id: str
    change: _Change
    was: bool
    is_: bool


class Watching:
    """See `writer.Watch`. What was committed is looked at by a task of its own, `work`, so that indexing does not wait."""

    def __init__(self, backend: SearchBackend, scopes: Scopes) -> None:
        self._backend = backend
        self._scopes = scopes
        self._index = Index[Watched]()
        self._outlooks = Outlooks()
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
        frequency = {} if self._index.knows(asked) else await self._frequencies(asked)
        outlook = self._outlooks.of(who, await self._scopes.sight(*who))
        watched = outlook.watched.get(asked)
        if watched is None:
            watched = outlook.watched[asked] = Watched(asked, outlook)
            self._index.add(watched, asked, frequency)
        query = Query(watched, self.forget)
        watched.readers[query] = self._queries[query] = None
        return query

    async def _frequencies(self, asked: Asked) -> dict[str, int]:
        """How many nodes match each of its words. Raises `LimitExceeded` for too many of them."""
        words = {word for item in asked.items for word in item.words}
        if len(words) < 2:
            return {}
        return {word: (await self._backend.search(Search(word, first=0))).total for word in words}

    def forget(self, query: Query) -> None:
        """The reader has gone."""
        if query not in self._queries:
            return
        watched = query.watched
        del self._queries[query], watched.readers[query]
        if not watched.readers:
            self._index.remove(watched)
            del watched.outlook.watched[watched.asked]
            if not watched.outlook.watched:
                self._outlooks.forget(watched.outlook)

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
        matches = await self._matches(seen)
        outlooks = dict.fromkeys(match.watched.outlook for match in matches)
        if seen.reshapes:
            outlooks |= dict.fromkeys(each for each in self._outlooks if each.inside.covers(structure))
        now = {each: (sight, each.inside_of(sight)) for each, sight in (await self._sights(outlooks)).items()}
        for match in matches:
            if (found := now.get(match.watched.outlook)) and (told := _judged(match, found[1])):
                self._hand(match.watched, told)
        for outlook, (sight, inside) in now.items():
            if seen.reshapes and outlook.inside.covers(structure):
                await self._reshape(outlook, structure, seen, sight.scope)
            outlook.settle(sight, inside)

    async def _matches(self, seen: _Seen) -> list[_Match]:
        """By their words, wherever the nodes stand; in the order of the changes."""
        found: list[_Match] = []
        for number, (id_, change) in enumerate(seen.changes.items(), 1):
            before = [] if change.old is None else self._index.matching(Seen(change.old))
            is_same = change.old is not None and change.new is not None and _says(change.old) == _says(change.new)
            now = before if is_same else [] if change.new is None else self._index.matching(Seen(change.new))
            was, is_ = set(before), set(now)
            for entry in dict.fromkeys([*before, *now]):
                found += [_Match(each, id_, change, entry in was, entry in is_) for each in entry.names]
            if number % NEXT == 0:
                await asyncio.sleep(0)
        return found

    async def _sights(self, outlooks: Iterable[Outlook]) -> dict[Outlook, Sight]:
        """What callers see now, asked once for each of them. Who sees nothing any more is told so, and left out."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def ask(who: Who) -> Sight | ClayError:
            async with turn:
                try:
                    return await self._scopes.sight(*who)
                except ClayError as error:
                    return error

        asked = [*outlooks]
        callers = [*dict.fromkeys(outlook.who for outlook in asked)]
        sights = dict(zip(callers, await asyncio.gather(*map(ask, callers)), strict=True))
        found: dict[Outlook, Sight] = {}
        for outlook in asked:
            sight = sights[outlook.who]
            if isinstance(sight, Sight):
                found[outlook] = sight
                continue
            for query in outlook.readers():
                query.end(type(sight)(sight.message))
        return found

    async def _reshape(self, outlook: Outlook, structure: str, seen: _Seen, scope: Scope) -> None:
        """Nodes that nobody named, in fragments that came into a sight or left it."""
        gained, lost = difference(outlook.sight.scope, scope, structure)
        named = tuple(seen.changes)
        for watched in [*outlook.watched.values()]:
            async for hit in self._all(watched.asked, gained, named):
                self._hand(watched, Told(EventType.MATCHED, replace(hit, score=MATCHING), seen.revision))
            async for hit in self._all(watched.asked, lost, named):
                self._hand(watched, _ceased(hit.id, seen.revision))

    async def _all(self, asked: Asked, scope: Scope, named: tuple[str, ...]) -> AsyncIterator[Hit]:
        search = Search(asked.text, scope, asked.kinds, PAGE, where=asked.where, without=named)
        has_next = scope != ()
        while has_next:
            page = await self._backend.search(search)
            for hit in page.hits:
                yield hit
            has_next = page.has_next
            if has_next:
                last = page.hits[-1]
                search = replace(search, after=After(last.score, last.id, last.rank))

    def _hand(self, watched: Watched, told: Told) -> None:
        self._told += len(watched.readers)
        for query in [*watched.readers]:
            query.tell(told)


def _says(document: Document) -> tuple[object, ...]:
    """What of a node queries look at, but for its place."""
    return document.kind, document.name, document.text, document.facts


def _judged(match: _Match, now: Inside) -> Told | None:
    """What a node became that matched, or matches, by its words: by where it stood, and stands."""
    change, revision = match.change, match.change.revision
    was = match.was and match.watched.outlook.inside.holds(change.old)
    is_ = match.is_ and now.holds(change.new)
    if was == is_:
        return None
    if not is_ or change.new is None:
        return _ceased(match.id, revision)
    # The node is at hand, so no engine is asked: of a single hit the score says nothing, and what it shows is marked when read.
    hit = Hit(match.id, MATCHING, 1, partial(shown, match.watched.asked, change.new))
    return Told(EventType.MATCHED, hit, revision)


def _ceased(id_: str, revision: int) -> Told:
    return Told(EventType.UNMATCHED, Hit(id_, 0.0, 1, list), revision)
