"""Values that suit the arguments of more than one schema."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from mediaclay_kernel.ids import encode_cursor

Pool = Callable[[random.Random], Any]
BAD_CURSORS = ("", "nonsense", encode_cursor(3), encode_cursor("a", "b", "c"))


def among(*values: Any) -> Pool:
    """One of these."""
    return lambda chance: chance.choice(values)


def cursors(real: Sequence[str]) -> Pool:
    """Mostly one that the subgraph has made."""
    return lambda chance: chance.choice(real if chance.random() < 0.8 else BAD_CURSORS)


MOSTLY_READING = (*["clay.read"] * 14, "clay.write", None)
"""Scopes of callers, as `World` has them."""
COUNTS = among(0, 1, 2, 3, 3, 5, 5, 10, 1000, 1001, -1)
PLAIN: dict[str, Pool] = {
    "Int": among(0, 1, 2, 10, -1),
    "Boolean": among(True, False),
    "JSON": among({}, {"a": [1]}, None),
    "first": COUNTS,
    "last": COUNTS,
}
