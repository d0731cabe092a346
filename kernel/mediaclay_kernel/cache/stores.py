"""Where answers are kept. A store may lose any of them, or hold old ones: whoever reads one judges it by its marks."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from mediaclay_kernel.cache.answer import Answer


class Store(Protocol):
    """Answers by key."""

    async def get(self, key: bytes) -> Answer | None:
        """The answer that was put last, None where there is none. Raises `Unavailable`."""
        ...

    async def put(self, key: bytes, answer: Answer) -> None:
        """Keeps an answer, unless one is there that surely knows more. Raises `Unavailable`."""
        ...


class MemoryStore:
    """Answers in this process: at most `most` bytes, of which those go first that were asked for least lately."""

    def __init__(self, most: int, clock: Callable[[], float] = time.time) -> None:
        self.most = most
        self._clock = clock
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, key: bytes) -> Answer | None:
        """See `Store.get`."""
        found = self._answers.get(key)
        if found is None:
            return None
        if found.until <= self._clock():
            self.drop(key)
            return None
        self._answers.move_to_end(key)
        return found

    def keep(self, key: bytes, answer: Answer) -> None:
        """See `Store.put`."""
        there = self._answers.get(key)
        if answer.until <= self._clock() or (there is not None and there.marks.is_newer_than(answer.marks)):
            return
        self.drop(key)
        self._answers[key] = answer
        self.weight += answer.weight
        while self.weight > self.most:
            self.drop(next(iter(self._answers)))

    def drop(self, key: bytes) -> None:
        """Lets go of an answer, if it is there."""
        gone = self._answers.pop(key, None)
        if gone is not None:
            self.weight -= gone.weight

    async def get(self, key: bytes) -> Answer | None:
        """See `Store`."""
        return self.find(key)

    async def put(self, key: bytes, answer: Answer) -> None:
        """See `Store`."""
        self.keep(key, answer)
