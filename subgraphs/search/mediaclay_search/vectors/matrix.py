"""Vectors in memory, those of one fragment side by side: the exact nearest of a branch by a scan of what lies in it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from numpy.typing import NDArray

from mediaclay_search.numbers import np
from mediaclay_search.records import Everywhere, Range, Scope
from mediaclay_search.vectors.store import Place

Rows = NDArray[np.intp]
Numbers = NDArray[np.float32]
LEAST = 1_024
"""Rows that there is always room for."""
LONG = 32
"""Rows that follow each other and are worth a product of their own; others are gathered first."""


class Near(NamedTuple):
    """A node, and the cosine of its vector with what was asked."""

    id: str
    score: float


class Matrix:
    """Every method may be called from any thread."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._lock = threading.RLock()
        self._numbers: Numbers = np.empty((LEAST, dimensions), np.float32)
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
        return self._numbers.nbytes

    def load(self, vectors: Iterable[tuple[Place, NDArray[np.float16]]]) -> None:
        """Takes all vectors in at once, those of one fragment side by side."""
        found = list(vectors)
        found.sort(key=lambda each: _order(each[0]))
        self.put([place for place, _ in found], np.array([row for _, row in found], np.float32))
        self._loose = 0

    def put(self, places: Sequence[Place], rows: NDArray[np.floating]) -> None:
        """A vector for each place, instead of the one that its node had."""
        if not places:
            return
        with self._lock:
            self._make_room(len(places))
            for place, row in zip(places, rows, strict=True):
                self._put(place, row)
            self._loose += len(places)
            if self._loose > LEAST + len(self._rows) // 2:
                self._tidy()

    def _put(self, place: Place, row: NDArray[np.floating]) -> None:
        at = self._rows.get(place.id)
        if at is None:
            at = self._free.pop() if self._free else len(self._places)
            if at == len(self._places):
                self._places.append(None)
            self._rows[place.id] = at
        self._numbers[at] = row
        self._settle(at, place)

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
            return None if at is None else self._numbers[at].copy()

    def nearest(self, wanted: Numbers, scope: Scope, most: int, only: Iterable[str] | None = None) -> list[Near]:
        """The nodes in a scope whose vectors are nearest, best first, equal ones by id; exact. `only` names those that count."""
        with self._lock:
            rows = self._in_scope(scope) if only is None else self._named(only)
            if not len(rows) or most < 1:
                return []
            scores = self._products(rows, wanted)
            if most < len(rows):
                best = np.argpartition(-scores, most - 1)[:most]
                edge = scores[best].min()
                best = np.flatnonzero(scores >= edge) if np.count_nonzero(scores >= edge) < 4 * most else best
            else:
                best = np.arange(len(rows))
            found = [Near(self._id(rows[at]), float(scores[at])) for at in best]
        return sorted(found, key=lambda near: (-near.score, near.id))[:most]

    def _id(self, at: int) -> str:
        place = self._places[at]
        assert place is not None
        return place.id

    def _products(self, rows: Rows, wanted: Numbers) -> Numbers:
        """The product with each row; `rows` is sorted. Stretches are multiplied where they lie, without a copy."""
        scores = np.empty(len(rows), np.float32)
        edges = np.flatnonzero(np.diff(rows) != 1) + 1
        begins, ends = np.concatenate(([0], edges)), np.concatenate((edges, [len(rows)]))
        for begin, end in zip(begins[ends - begins >= LONG], ends[ends - begins >= LONG], strict=True):
            np.dot(self._numbers[rows[begin] : rows[end - 1] + 1], wanted, out=scores[begin:end])
        short = np.repeat(ends - begins < LONG, ends - begins)
        if short.any():
            scores[short] = self._numbers[rows[short]] @ wanted
        return scores

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
            grown = np.empty((max(needed, len(self._numbers) * 3 // 2), self.dimensions), np.float32)
            grown[: len(self._places)] = self._numbers[: len(self._places)]
            self._numbers = grown

    def _tidy(self) -> None:
        """Brings the vectors of each fragment together again."""
        old = sorted(self._rows.values(), key=lambda at: _order(self._places[at]))
        numbers = self._numbers[old]
        places = [self._places[at] for at in old]
        self._numbers, self._free, self._loose = numbers, [], 0
        self._places = list[Place | None](places)
        self._members, self._sorted, self._rows = {}, {}, {}
        for at, place in enumerate(places):
            assert place is not None
            self._rows[place.id] = at
            self._members.setdefault((place.structure, place.anchor), set()).add(at)


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
