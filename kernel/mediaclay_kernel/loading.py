"""Rows into the order of the keys that asked for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


def in_order(rows: Iterable[R], by: Callable[[R], K], keys: Sequence[K]) -> list[R | None]:
    """One row for each key, None where there is none."""
    found = {by(row): row for row in rows}
    return [found.get(key) for key in keys]


def distinct(records: Iterable[R], by: Callable[[R], K]) -> list[R]:
    """One record for each key: a statement that is asked for a parent twice answers its children twice."""
    return list({by(record): record for record in records}.values())


def grouped(rows: Iterable[R], by: Callable[[R], K], keys: Sequence[K]) -> list[list[R]]:
    """The rows of each key, in the order in which they came."""
    found: dict[K, list[R]] = {key: [] for key in keys}
    for row in rows:
        if (group := found.get(by(row))) is not None:
            group.append(row)
    return [found[key] for key in keys]
