"""Pages of hits, each behind the last hit of the one before, wherever that stands by now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tantivy import DocAddress, Index, Order, Query, Searcher

from mediaclay_search.engine.embedded import query as ask
from mediaclay_search.records import After

SPARE = 64
"""How many hits more than needed are fetched at first: hits of equal score must all be seen to be put in order."""
AT_FIRST = 20_000
"""How many hits are fetched at first at most, whatever rank a cursor claims: places for them are made at once."""
MOST_EQUAL = 5_000
"""How many hits of exactly one score are put in order; beyond, their order is the engine's."""


class Found(NamedTuple):
    """A hit, before its document is read."""

    score: float
    id: str
    rank: int
    address: DocAddress


class Cut(NamedTuple):
    """A page that was cut out of all hits, and how many these are."""

    found: list[Found]
    total: int
    has_next: bool


Hits = list[tuple[float, DocAddress]]


def best(searcher: Any, query: Query, limit: int, **options: Any) -> tuple[Hits, int]:
    """The best `limit` hits, at least one, and how many there are (tantivy's type stubs lack that number)."""
    result = searcher.search(query, limit, **options)
    return result.hits, result.count


def by_id(index: Index, searcher: Searcher, query: Query, first: int, after: After | None) -> Cut:
    """The page of a query without words: in the order of the ids."""
    _, total = best(searcher, query, 1)
    rest = query if after is None else ask.behind(index, query, after.id)
    hits = searcher.search(rest, first + 1, count=False, order_by_field="id", order=Order.Asc).hits
    rank = after.rank if after else 0
    found = [Found(1.0, str(key), rank + at, address) for at, (key, address) in enumerate(hits[:first], 1)]
    return Cut(found, total, len(hits) > first)


def among(searcher: Searcher, query: Query, most: int) -> Cut:
    """All matches, of which there are `most` at most, by id: for queries that name their nodes."""
    hits = searcher.search(query, max(most, 1), count=False).hits
    found = sorted((str(searcher.doc(address)["id"][0]), address) for _, address in hits)
    return Cut([Found(1.0, id_, rank, address) for rank, (id_, address) in enumerate(found, 1)], len(found), False)


def by_score(searcher: Searcher, query: Query, first: int, after: After | None) -> Cut:
    """The page of a query with words: best first, equal ones in the order of their ids."""
    read = _Reader(searcher, query)
    mark = None if after is None else _where_now(searcher, query, after)
    likely = first + SPARE + (max(after.rank, 0) if after else 0)
    hits, total = read(min(likely, AT_FIRST))
    while not _enough(hits, total, mark, first):
        hits, total = read(min(max(likely, 2 * len(hits)), total))
    ordered, skipped = _behind(hits, mark, read.id_of, first)
    found = [Found(s, i, skipped + at, address) for at, (s, i, address) in enumerate(ordered[:first], 1)]
    return Cut(found, total, len(ordered) > first)


class _Reader:
    """The best hits, and the ids of those that are asked for."""

    def __init__(self, searcher: Searcher, query: Query) -> None:
        self._searcher = searcher
        self._query = query

    def __call__(self, window: int) -> tuple[Hits, int]:
        """At most `window` hits, and how many there are."""
        return best(self._searcher, self._query, window, weight_by_field="weight")

    def id_of(self, address: DocAddress) -> str:
        """The id of a hit."""
        return str(self._searcher.doc(address)["id"][0])


def _where_now(searcher: Searcher, query: Query, after: After) -> tuple[float, str]:
    # Each change of the index shifts all scores a little: the node's score of now is the place to go on from. The
    # score of then serves where the node matches no more.
    now = searcher.search(ask.by_id(query, after.id), 1, count=False, weight_by_field="weight").hits
    return (now[0][0] if now else after.score), after.id


def _enough(hits: Hits, total: int, mark: tuple[float, str] | None, first: int) -> bool:
    """Whether the page, one more, and all that are equal to the last of these are in the window."""
    if len(hits) >= total:
        return True
    at = 0 if mark is None else sum(score > mark[0] for score, _ in hits)
    equal = 0 if mark is None else min(sum(score == mark[0] for score, _ in hits), MOST_EQUAL)
    last = at + equal + first
    if last >= len(hits):
        return False
    return hits[-1][0] < hits[last][0] or len(hits) - last > MOST_EQUAL


def _behind(
    hits: Hits, mark: tuple[float, str] | None, id_of: Callable[[DocAddress], str], first: int
) -> tuple[list[tuple[float, str, DocAddress]], int]:
    """A few more than `first` hits behind the mark, in order, and how many stand before them."""
    start = 0 if mark is None else sum(score > mark[0] for score, _ in hits)
    equal = 0 if mark is None else sum(score == mark[0] for score, _ in hits)
    last = min(start + equal + first, len(hits) - 1)
    taken = [hit for hit in hits[start:] if hit[0] >= hits[last][0]] if hits else []
    ordered = sorted(((score, id_of(address), address) for score, address in taken), key=lambda hit: (-hit[0], hit[1]))
    kept = [hit for hit in ordered if mark is None or (-hit[0], hit[1]) > (-mark[0], mark[1])]
    return kept, start + len(ordered) - len(kept)
