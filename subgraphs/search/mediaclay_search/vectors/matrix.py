"""Vectors in memory, those of one fragment side by side: the exact nearest of a branch by a scan of what lies in it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from numpy.typing import NDArray

from mediaclay_search.numbers import np
from mediaclay_search.records import Everywhere, Range, Scope
from mediaclay_search.vectors.rough import Numbers, Rough, Rows
from mediaclay_search.vectors.store import KEPT, Place

LEAST = 1_024
"""Rows that there is always room for."""


class Near(NamedTuple):
    """A node, and the cosine of its vector with what was asked."""

    id: str
    score: float


class Matrix:
    """Every method may be called from any thread."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._lock = threading.RLock()
        self._numbers: NDArray[np.float16] = np.empty((LEAST, dimensions), KEPT)
        self._rough = Rough(LEAST, dimensions)
        self._places: list[Place | None] = []
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._members: dict[tuple[str, str], set[int]] = {}
        self._sorted: dict[tuple[str, str], Rows] = {}
        self._loose = 0

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def bytes(self) -> int:
        """Memory that the numbers take."""
        return self._numbers.nbytes + self._rough.bytes

    def load(self, vectors: Iterable[tuple[Place, NDArray[np.float16]]]) -> None:
        """Takes all vectors in at once, those of one fragment side by side."""
        found = list(vectors)
        found.sort(key=lambda each: _order(each[0]))
        self.put([place for place, _ in found], np.array([row for _, row in found], KEPT))
        self._loose = 0

    def put(self, places: Sequence[Place], rows: NDArray[np.floating]) -> None:
        """A vector for each place, instead of the one that its node had."""
        if not places:
            return
        with self._lock:
            self._make_room(len(places))
            at = np.array([self._seat(place) for place in places], np.intp)
            self._numbers[at] = rows
            for begin in range(0, len(at), LEAST):
                some = at[begin : begin + LEAST]
                self._rough.put(some, self._numbers[some].astype(np.float32))
            self._loose += len(places)
            if self._loose > LEAST + len(self._rows) // 2:
                self._tidy()

    def _seat(self, place: Place) -> int:
        at = self._rows.get(place.id)
        if at is None:
            at = self._free.pop() if self._free else len(self._places)
            if at == len(self._places):
                self._places.append(None)
            self._rows[place.id] = at
        self._settle(at, place)
        return at

    def _settle(self, at: int, place: Place | None) -> None:
        before = self._places[at]
        if before is not None:
            key = before.structure, before.anchor
            self._members[key].discard(at)
            self._sorted.pop(key, None)
            if not self._members[key]:
                del self._members[key]
        self._places[at] = place
        if place is not None:
            key = place.structure, place.anchor
            self._members.setdefault(key, set()).add(at)
            self._sorted.pop(key, None)

    def move(self, places: Iterable[Place]) -> None:
        """Nodes stand elsewhere now; those without a vector are passed over."""
        with self._lock:
            for place in places:
                at = self._rows.get(place.id)
                if at is not None and self._places[at] != place:
                    self._settle(at, place)

    def drop(self, ids: Iterable[str]) -> None:
        """Nodes have no vector any more."""
        with self._lock:
            for each in ids:
                at = self._rows.pop(each, None)
                if at is not None:
                    self._settle(at, None)
                    self._free.append(at)

    def get(self, id_: str) -> Numbers | None:
        """A node's vector."""
        with self._lock:
            at = self._rows.get(id_)
            return None if at is None else self._numbers[at].astype(np.float32)

    def nearest(self, wanted: Numbers, scope: Scope, most: int, only: Iterable[str] | None = None) -> list[Near]:
        """The nodes in a scope whose vectors are nearest, best first, equal ones by id; exact. `only` names those that count."""
        with self._lock:
            rows = self._in_scope(scope) if only is None else self._named(only)
            if not len(rows) or most < 1:
                return []
            rows = self._rough.likely(rows, wanted, most)
            scores = _products(self._numbers[rows], wanted)
            found = [Near(self._id(int(rows[at])), float(scores[at])) for at in _best(scores, most)]
        return sorted(found, key=lambda near: (-near.score, near.id))[:most]

    def _id(self, at: int) -> str:
        place = self._places[at]
        assert place is not None
        return place.id

    def _in_scope(self, scope: Scope) -> Rows:
        if isinstance(scope, Everywhere):
            hidden = frozenset(scope.without)
            return _union([self._of(key) for key in self._members if key[1] not in hidden])
        found: list[Rows] = []
        for part in scope:
            if part.anchors is None:
                hidden = frozenset(part.without)
                keys = [key for key in self._members if key[0] == part.structure and key[1] not in hidden]
            else:
                named = ((part.structure, anchor) for anchor in part.anchors)
                keys = [key for key in named if key in self._members]
            found += [self._of(key) for key in keys]
            found += [self._within(part.structure, each) for each in part.ranges]
        return _union(found)

    def _of(self, key: tuple[str, str]) -> Rows:
        if key not in self._sorted:
            self._sorted[key] = np.sort(np.fromiter(self._members[key], np.intp))
        return self._sorted[key]

    def _within(self, structure: str, asked: Range) -> Rows:
        start, end = asked.start.encode(), asked.end.encode()
        members = self._members.get((structure, asked.anchor), ())
        places = ((at, self._places[at]) for at in members)
        return np.array([at for at, place in places if place and start <= place.okey.encode() < end], np.intp)

    def _named(self, ids: Iterable[str]) -> Rows:
        rows = (self._rows.get(each) for each in ids)
        return np.array(sorted({at for at in rows if at is not None}), np.intp)

    def _make_room(self, more: int) -> None:
        needed = len(self._places) + more
        if needed > len(self._numbers):
            room = max(needed, len(self._numbers) * 3 // 2)
            grown = np.empty((room, self.dimensions), KEPT)
            grown[: len(self._places)] = self._numbers[: len(self._places)]
            self._numbers, self._rough = grown, self._rough.taken(np.arange(len(self._places)), room)

    def _tidy(self) -> None:
        """Brings the vectors of each fragment together again."""
        old = sorted(self._rows.values(), key=lambda at: _order(self._places[at]))
        numbers, self._rough = self._numbers[old], self._rough.taken(np.array(old, np.intp), len(old))
        places = [self._places[at] for at in old]
        self._numbers, self._free, self._loose = numbers, [], 0
        self._places = list[Place | None](places)
        self._members, self._sorted, self._rows = {}, {}, {}
        for at, place in enumerate(places):
            assert place is not None
            self._rows[place.id] = at
            self._members.setdefault((place.structure, place.anchor), set()).add(at)


def _products(rows: NDArray[np.float16], wanted: Numbers) -> Numbers:
    return np.einsum("ij,j->i", rows.astype(np.float32), wanted)


def _best(scores: Numbers, most: int) -> Rows:
    """Where the highest scores are, with all that are equal to the last of them unless these are very many."""
    if most >= len(scores):
        return np.arange(len(scores))
    edge = np.partition(scores, len(scores) - most)[len(scores) - most]
    best = np.flatnonzero(scores >= edge)
    return best if len(best) < 4 * most else np.argpartition(scores, len(scores) - most)[-most:]


def _order(place: Place | None) -> tuple[str, int, str, bytes]:
    # Anchors get their numbers in the order of the tree where a tree comes at once, so this is nearly that order.
    assert place is not None
    number = int(place.anchor) if place.anchor.isdecimal() else 0
    return place.structure, number, place.anchor, place.okey.encode()


def _union(rows: Sequence[Rows]) -> Rows:
    if not rows:
        return np.empty(0, np.intp)
    found = np.sort(
        np.concatenate(rows), kind="stable"
    )  # made of sorted stretches, which that finds; `unique` does not
    return found[np.concatenate(([True], np.diff(found) != 0))] if len(found) else found
