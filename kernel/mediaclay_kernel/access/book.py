"""The grants of those who have asked lately.

They are believed for a lease from when it was last heard that nothing else has changed; then nobody is believed to have
any right, until that is heard again.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.access.source import GrantSource
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.rights import FOR_EVER, Held, Rights, rights_by_scope, rights_of

MOST = 10_000
"""Principals whose grants are kept."""
LATE = 0.01
"""Seconds after the end of a grant at which those who follow are asked again."""


class _Made(NamedTuple):
    principal: Principal
    version: int
    rights: Rights


class Book:
    """What this process knows of everybody's grants."""

    def __init__(self, source: GrantSource, lease: float = math.inf) -> None:
        """`lease` is how many seconds what was heard is believed; infinite: for ever, and from the beginning."""
        self.source = source
        self.lease = lease
        self.good_until = math.inf if lease == math.inf else -math.inf
        """By `time.monotonic()`."""
        self.look: Callable[[], Awaitable[None]] | None = None
        """Asks at once, for a request that comes where nothing is known."""
        self.listeners: list[Callable[[], None]] = []
        """Told when anybody's grants have changed or ended, and when they are not known any more."""
        self.version = 0
        """Another one whenever anybody's grants have changed."""
        self._held: OrderedDict[UUID, Held] = OrderedDict()
        self._made: dict[int, _Made] = {}
        """By the identity of the principal, which is one object as long as its token is known."""
        self._asking: dict[UUID, asyncio.Task[Held]] = {}
        self._overtaken: set[UUID] = set()

    def known(self, principal: Principal) -> Rights | None:
        """The rights of a caller, if nobody has to be asked for them."""
        by_scope = rights_by_scope(principal)
        if by_scope is not None:
            return by_scope
        if time.monotonic() >= self.good_until:
            return None
        made = self._made.get(id(principal))
        if (
            made is None
            or made.principal is not principal
            or made.version != self.version
            or made.rights.until <= time.time()
        ):
            return self._make(principal)
        return made.rights

    def _make(self, principal: Principal) -> Rights | None:
        """The rights of a caller by what is kept, to be found at once the next time."""
        held = [self._held.get(each) for each in _chain(principal)]
        known = [each for each in held if each is not None]
        if len(known) < len(held):
            return None
        rights = rights_of(principal, known, time.time())
        if len(self._made) >= MOST:
            self._made.clear()
        self._made[id(principal)] = _Made(principal, self.version, rights)
        return rights

    async def rights(self, principal: Principal) -> Rights:
        """The rights of a caller. Raises `Unavailable` where they can't be had."""
        found = self.known(principal)
        if found is not None:
            return found
        if time.monotonic() >= self.good_until:
            if self.look is not None:
                await self.look()
            if time.monotonic() >= self.good_until:
                raise Unavailable("What you may do can't be known now; try again.")
        held = [await self._of(each) for each in _chain(principal)]
        return rights_of(principal, held, time.time())

    def forget(self, principals: Iterable[UUID]) -> None:
        """Asks anew for the grants of these."""
        self.version += 1
        for each in principals:
            self._held.pop(each, None)
            if each in self._asking:
                self._overtaken.add(each)

    # What a watch tells

    def believe(self, heard_at: float) -> None:
        """All changes are known as of `heard_at`, by `time.monotonic()`."""
        self.good_until = max(self.good_until, heard_at + self.lease)

    def lose(self) -> None:
        """What was known is too old."""
        self._tell()

    def apply(self, changes: Iterable[tuple[UUID, float]]) -> None:
        """The grants of these principals have changed."""
        if changed := [principal for principal, _ in changes]:
            self.forget(changed)
            self._tell()

    def replace(self, least: Mapping[UUID, float]) -> None:
        """Anybody's may have changed, whomever `least` names."""
        self.version += 1
        self._overtaken |= self._asking.keys()
        self._held.clear()
        self._tell()

    async def _of(self, principal: UUID) -> Held:
        held = self._held.get(principal)
        if held is not None:
            self._held.move_to_end(principal)
            return held
        asking = self._asking.get(principal)
        if asking is None:
            asking = self._asking[principal] = asyncio.get_running_loop().create_task(self._ask(principal))
        return await asyncio.shield(asking)

    async def _ask(self, principal: UUID) -> Held:
        """What is read while it changes is read again."""
        try:
            while True:
                self._overtaken.discard(principal)
                grants = (await self.source.of([principal])).get(principal, ())
                held = Held(grants)
                if principal not in self._overtaken:
                    break
        finally:
            self._overtaken.discard(principal)
            self._asking.pop(principal, None)
        self._held[principal] = held
        if len(self._held) > MOST:
            self._held.popitem(last=False)
        now = time.time()
        for end in {grant.until for grant in grants if now < grant.until < FOR_EVER}:
            # What is further away than a day is asked for again before then.
            if end - now < 86_400:
                asyncio.get_running_loop().call_later(end - now + LATE, self._tell)
        return held

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()


def _chain(principal: Principal) -> Sequence[UUID]:
    assert principal.id is not None
    return (principal.id, *principal.actors)
