"""How many statements that clients shape may be prepared at once: each takes room in every connection of PostgreSQL."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 100
KEPT = 300.0
"""Seconds for which asyncpg keeps a statement prepared."""


class Prepared:
    """Those that were used lately."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self._clock = clock
        self._used: OrderedDict[str, float] = OrderedDict()

    def admits(self, sql: str) -> bool:
        """Whether there is room for a statement, which is then taken to be used now."""
        now = self._clock()
        if sql not in self._used:
            while self._used and next(iter(self._used.values())) < now - KEPT:
                self._used.popitem(last=False)
            if len(self._used) >= self.most:
                return False
        self._used[sql] = now
        self._used.move_to_end(sql)
        return True
