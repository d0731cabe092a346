"""The cache of whole answers: what the entry asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from hashlib import blake2b

from mediaclay_kernel.cache.answer import Answer
from mediaclay_kernel.cache.counts import Counts
from mediaclay_kernel.cache.purges import Purges
from mediaclay_kernel.cache.stores import MemoryStore, Store
from mediaclay_kernel.cache.tags import Tag
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.principal import Principal

HANDED = 100
"""Answers on their way to the shared store; more than that is a store too slow to be worth it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer that was made: its bytes and what they depend on, or None and why that can't be said."""

    body: bytes
    tags: Collection[Tag] | None = None
    reason: str = "no tags"


Fill = Callable[[], Awaitable[Filled]]


def scope_of(principal: Principal) -> str:
    """Whose answers it may see: its own, or everybody's for nobody. Never those of others, whatever they share."""
    if principal.id is None:
        return "public"
    type_ = principal.type.value if principal.type is not None else ""
    return " ".join([str(principal.id), type_, *sorted(principal.scopes), *map(str, principal.actors)])


class ResultCache:
    """Answers in this process, and in a store that others share, if there is one."""

    def __init__(
        self, purges: Purges, memory: MemoryStore, shared: Store | None, counts: Counts, *, seed: str, seconds: float
    ) -> None:
        """`seed` tells apart those whose answers differ for the same question; an answer is kept for `seconds`."""
        self.counts = counts
        self._purges = purges
        self._memory = memory
        self._shared = shared
        self._seed = seed
        self._seconds = seconds
        self._most = memory.most // 16
        """Bytes of one answer: a few large ones must not push out all others."""
        self._filling: dict[bytes, asyncio.Future[bytes | None]] = {}
        self._handing: set[asyncio.Task[None]] = set()

    def key(self, document: str, operation: str | None, variables: bytes, scope: str, media: str) -> bytes:
        """The name of an answer: the same for the same question of the same caller, and for no other."""
        digest = blake2b(digest_size=20)
        for part in (self._seed, self._purges.epoch, document, operation or "", scope, media):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
        digest.update(variables)
        return digest.digest()

    def ready(self, key: bytes) -> bytes | None:
        """The answer if this process has it, at once."""
        answer = self._held(key)
        if answer is None:
            return None
        self.counts.hit("process")
        return answer.body

    def _held(self, key: bytes) -> Answer | None:
        if not self._purges.is_following:
            return None
        found = self._memory.find(key)
        if found is None or self._purges.holds(found.marks):
            return found
        self._memory.drop(key)
        return None

    def refused(self, reason: str) -> None:
        """Counts an answer that the entry did not even look for."""
        self.counts.refused(reason)

    async def get(self, key: bytes, fill: Fill, *, fresh: bool = False) -> bytes:
        """The answer, found or made. Of those who ask for it at the same moment one makes it, and the others wait.

        `fresh` for who wants none that was kept. Raises what `fill` raises.
        """
        if not self._purges.is_following:
            self.counts.refused("not following")
            return (await fill()).body
        if fresh:
            return (await self._make(key, fill)).body
        began_before = True
        while (other := self._filling.get(key)) is not None:
            body = await asyncio.shield(other)
            if body is not None and not began_before:
                self.counts.hit("joined")
                return body
            if (held := self.ready(key)) is not None:
                return held
            if body is None:  # nor will be the next one: all who wait make their own, at the same time
                return (await self._make(key, fill)).body
            # What we waited for was begun before we asked, and was overtaken. Whatever is begun from now on is as new
            # as what we would read ourselves.
            began_before = False
        return await self._lead(key, fill)

    async def _lead(self, key: bytes, fill: Fill) -> bytes:
        """Finds or makes it for all who ask meanwhile."""
        done = self._filling[key] = asyncio.get_running_loop().create_future()
        body = None
        try:
            answer = await self._from_shared(key)
            if answer is not None:
                body = answer.body
                return body
            made = await self._make(key, fill)
            body = made.body if made.tags is not None else None
            return made.body
        finally:
            del self._filling[key]
            done.set_result(body)

    async def _from_shared(self, key: bytes) -> Answer | None:
        if self._shared is None:
            return None
        try:
            found = await self._shared.get(key)
        except Unavailable:
            return None
        if found is None or not self._purges.is_following or not self._purges.holds(found.marks):
            return None
        self._memory.keep(key, found)
        self.counts.hit("shared")
        return found

    async def _make(self, key: bytes, fill: Fill) -> Filled:
        begun = self._purges.begin()
        try:
            made = await fill()
        except BaseException:
            self._purges.end(begun, None)
            raise
        marks = self._purges.end(begun, made.tags)
        self.counts.miss()
        if made.tags is None:
            self.counts.refused(made.reason)
        elif len(made.body) > self._most:
            self.counts.refused("too large")
        elif marks is None:
            self.counts.refused("overtaken")
        else:
            self._keep(key, Answer(made.body, marks, time.time() + self._seconds))
        return made

    def _keep(self, key: bytes, answer: Answer) -> None:
        self._memory.keep(key, answer)
        if self._shared is None or not answer.marks.is_shareable:
            return
        if len(self._handing) >= HANDED:
            self.counts.refused("shared store too slow")
            return
        task = asyncio.create_task(self._hand_on(self._shared, key, answer))
        self._handing.add(task)
        task.add_done_callback(self._handing.discard)

    async def _hand_on(self, shared: Store, key: bytes, answer: Answer) -> None:
        try:
            await shared.put(key, answer)
        except Unavailable:
            self.counts.refused("shared store away")

    async def close(self) -> None:
        """Lets what is on its way arrive, or gives it up."""
        if self._handing:
            await asyncio.wait(self._handing, timeout=1)
        for task in self._handing:
            task.cancel()
