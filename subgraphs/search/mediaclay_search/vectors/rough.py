"""Vectors in one byte a number, and how far each may be off: they tell which few may be among the nearest.

A row is `scale * codes + error`. The product with what is asked is that of the codes, give or take at most
`length * |error of what is asked| + |error| * |what is asked|` (Cauchy and Schwarz), so the rows that this leaves hold the
nearest for certain, and only they have to be multiplied exactly.
"""

from __future__ import annotations

from typing import Any, cast

import simsimd
from numpy.typing import NDArray

from mediaclay_search.numbers import np

Rows = NDArray[np.intp]
Codes = NDArray[np.int8]
Numbers = NDArray[np.float32]
HIGHEST = 127
SPARE = np.float32(1e-4)
"""For what 32 bits themselves round away."""
AT_ONCE = 65_536
"""Rows that are multiplied before other threads have their turn."""
LONG = 32
"""Rows that follow each other and are worth a product of their own; others are gathered first."""


class Rough:
    """Room for so many rows of so many numbers each."""

    def __init__(self, room: int, dimensions: int) -> None:
        self._codes: Codes = np.zeros((room, dimensions), np.int8)
        self._scales: Numbers = np.zeros(room, np.float32)
        self._errors: Numbers = np.zeros(room, np.float32)
        self._lengths: Numbers = np.zeros(room, np.float32)

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(each.nbytes for each in (self._codes, self._scales, self._errors, self._lengths))

    def put(self, at: Rows, rows: Numbers) -> None:
        """Rows, each at its place."""
        self._codes[at], self._scales[at] = codes, scales = _coded(rows)
        near = codes * scales[:, None]
        self._lengths[at] = np.linalg.norm(near, axis=1)
        self._errors[at] = np.linalg.norm(rows - near, axis=1)

    def taken(self, old: Rows, room: int) -> Rough:
        """The rows `old`, from the first place on, with room for so many."""
        made = Rough(room, self._codes.shape[1])
        for mine, its in zip(self._arrays(), made._arrays(), strict=True):
            its[: len(old)] = mine[old]
        return made

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self._codes, self._scales, self._errors, self._lengths

    def likely(self, rows: Rows, wanted: Numbers, most: int) -> Rows:
        """Of `rows`, in order, those that may be among the `most` nearest: all that are, and few others."""
        if len(rows) <= most:
            return rows
        codes, scales = _coded(wanted[None])
        off = np.float32(np.linalg.norm(wanted - codes[0] * scales[0]))
        middle = self._products(rows, codes[0]) * scales[0]
        part = (
            slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] == len(rows) - 1 else rows
        )  # a view where it may be one
        middle *= self._scales[part]
        around = self._lengths[part] * off
        around += self._errors[part] * np.float32(np.linalg.norm(wanted)) + SPARE
        least = middle - around
        edge = np.partition(least, len(least) - most)[len(least) - most]
        return rows[np.flatnonzero(middle + around >= edge)]

    def _products(self, rows: Rows, wanted: Codes) -> Numbers:
        """The product with each row. Stretches are multiplied where they lie, without a copy."""
        found = np.empty(len(rows), np.float32)
        edges = np.flatnonzero(np.diff(rows) != 1) + 1
        begins, ends = np.concatenate(([0], edges)), np.concatenate((edges, [len(rows)]))
        is_long = ends - begins >= LONG
        for begin, end in zip(begins[is_long], ends[is_long], strict=True):
            for at in range(begin, end, AT_ONCE):
                behind = min(at + AT_ONCE, end)
                found[at:behind] = _dot(self._codes[rows[at] : rows[behind - 1] + 1], wanted)
        short = np.repeat(~is_long, ends - begins)
        if short.any():
            found[short] = _dot(self._codes[rows[short]], wanted)
        return found


def _coded(rows: Numbers) -> tuple[Codes, Numbers]:
    scales = (np.abs(rows).max(1) / HIGHEST).astype(np.float32)
    return np.rint(rows / np.where(scales == 0, 1, scales)[:, None]).astype(np.int8), scales


def _dot(rows: Codes, wanted: Codes) -> NDArray[np.float64]:
    return np.asarray(cast("Any", simsimd.dot(rows, wanted))).reshape(-1)
