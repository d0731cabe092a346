"""Pages of hits, each behind the last hit of the one before, wherever that stands by now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tantivy import DocAddress, Index, Order, Query, Searcher

from mediaclay_search.engine.embedded import query as ask
from mediaclay_search.engine.embedded.layout import HALVES, id_of
from mediaclay_search.records import After

SPARE = 16
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
    """A page that was cut out of all hits."""

    found: list[Found]
    has_next: bool


Hits = list[tuple[float, DocAddress]]
Lists = Sequence[Callable[[], Query]]


def best(searcher: Any, query: Query, limit: int, **options: Any) -> Hits:
    """The best `limit` hits, at least one."""
    return searcher.search(query, limit, count=False, **options).hits


def count(searcher: Any, query: Query) -> int:
    """How many hits there are (tantivy's type stubs lack that number)."""
    return searcher.search(query, 1).count


def by_id(index: Index, searcher: Searcher, query: Query, first: int, after: After | None) -> Cut:
    """The page of a query without words: in the order of the ids."""
    rest = query if after is None else ask.behind(index, query, after.id)
    hits = searcher.search(rest, first + 1, count=False, order_by_field="id", order=Order.Asc).hits
    rank = after.rank if after else 0
    found = [Found(1.0, str(key), rank + at, address) for at, (key, address) in enumerate(hits[:first], 1)]
    return Cut(found, len(hits) > first)


def among(searcher: Searcher, query: Query, most: int) -> Cut:
    """All matches, of which there are `most` at most, by id: for queries that name their nodes."""
    addresses = [address for _, address in best(searcher, query, max(most, 1))]
    found = sorted(zip(_ids(searcher, addresses), addresses, strict=True), key=lambda each: each[0])
    return Cut([Found(1.0, id_, rank, address) for rank, (id_, address) in enumerate(found, 1)], has_next=False)


def by_score(searcher: Searcher, lists: Lists, first: int, after: After | None) -> Cut:
    """The page of a query with words: one list behind the other, in each the best first, equal ones in the order of their ids.

    Scores are above 1 in the first list and below 1 in the second. A list is made only where the page reaches it.
    """
    number, mark = _where(searcher, lists, after)
    rank = sum(count(searcher, each()) for each in lists[:number])
    found: list[Found] = []
    for at in range(number, len(lists)):
        read = _Reader(searcher, lists[at](), _SCALES[at])
        likely = max(after.rank - rank, 0) if after and mark else 0
        cut, skipped = _cut(read, first - len(found), mark, likely)
        rank += skipped
        found += [each._replace(rank=rank + place) for place, each in enumerate(cut.found, 1)]
        if cut.has_next:
            return Cut(found, has_next=True)
        rank, mark = rank + len(cut.found), None
    return Cut(found, has_next=False)


HALF = 16
"""The score that becomes a half in the second list: lower ones, those of a word or two, nearly keep their proportions."""
_SCALES: Sequence[Callable[[float], float]] = (lambda score: 1 + score, lambda score: score / (HALF + score))


def relevance(score: float) -> float:
    """What a score was before it was brought to the range of its list."""
    return score - 1 if score >= 1 else HALF * score / (1 - score)


class _Reader:
    """The best hits of a list, and the ids of those that are asked for."""

    def __init__(self, searcher: Searcher, query: Query, scale: Callable[[float], float]) -> None:
        self._searcher = searcher
        self._query = query
        self._scale = scale

    def __call__(self, window: int) -> Hits:
        """At most `window` hits."""
        hits = best(self._searcher, self._query, window, weight_by_field="weight")
        return [(self._scale(score), address) for score, address in hits]

    def where(self, id_: str) -> float | None:
        """The score of a hit; None where it is none."""
        hits = best(self._searcher, ask.by_id(self._query, id_), 1, weight_by_field="weight")
        return self._scale(hits[0][0]) if hits else None

    def ids(self, addresses: list[DocAddress]) -> list[str]:
        """The ids of hits."""
        return _ids(self._searcher, addresses)


def _ids(searcher: Searcher, addresses: list[DocAddress]) -> list[str]:
    high, low = (searcher.fast_field_values(half, addresses) for half in HALVES)
    return [
        str(searcher.doc(address)["id"][0]) if one is None or other is None else id_of(int(one), int(other))
        for one, other, address in zip(high, low, addresses, strict=True)
    ]


def _where(searcher: Searcher, lists: Lists, after: After | None) -> tuple[int, tuple[float, str] | None]:
    # Each change of the index shifts all scores a little: the node's score of now is the place to go on from. The
    # score of then serves where the node matches no more.
    if after is None:
        return 0, None
    for number, query in enumerate(lists):
        now = _Reader(searcher, query(), _SCALES[number]).where(after.id)
        if now is not None:
            return number, (now, after.id)
    return min(int(after.score < 1), len(lists) - 1), (after.score, after.id)


def _cut(read: _Reader, first: int, mark: tuple[float, str] | None, likely: int) -> tuple[Cut, int]:
    """A page of one list, its hits without ranks, and how many of the list stand before it."""
    window = min(first + SPARE + likely, AT_FIRST)
    hits = read(window)
    while len(hits) == window and not _enough(hits, mark, first):
        window = max(first + SPARE + likely, 2 * window)
        hits = read(window)
    ordered, skipped = _behind(hits, mark, read.ids, first)
    found = [Found(score, id_, 0, address) for score, id_, address in ordered[:first]]
    return Cut(found, len(ordered) > first), skipped


def _enough(hits: Hits, mark: tuple[float, str] | None, first: int) -> bool:
    """Whether the page, one more, and all that are equal to the last of these are in the window."""
    at = 0 if mark is None else sum(score > mark[0] for score, _ in hits)
    equal = 0 if mark is None else min(sum(score == mark[0] for score, _ in hits), MOST_EQUAL)
    last = at + equal + first
    if last >= len(hits):
        return False
    return hits[-1][0] < hits[last][0] or len(hits) - last > MOST_EQUAL


def _behind(
    hits: Hits, mark: tuple[float, str] | None, ids_of: Callable[[list[DocAddress]], list[str]], first: int
) -> tuple[list[tuple[float, str, DocAddress]], int]:
    """A few more than `first` hits behind the mark, in order, and how many stand before them."""
    start = 0 if mark is None else sum(score > mark[0] for score, _ in hits)
    equal = 0 if mark is None else sum(score == mark[0] for score, _ in hits)
    last = min(start + equal + first, len(hits) - 1)
    taken = [hit for hit in hits[start:] if hit[0] >= hits[last][0]] if hits else []
    ids = ids_of([address for _, address in taken])
    ordered = sorted(
        ((score, id_, address) for (score, address), id_ in zip(taken, ids, strict=True)),
        key=lambda hit: (-hit[0], hit[1]),
    )
    kept = [hit for hit in ordered if mark is None or (-hit[0], hit[1]) > (-mark[0], mark[1])]
    return kept, start + len(ordered) - len(kept)
