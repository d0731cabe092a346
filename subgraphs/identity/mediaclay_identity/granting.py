"""What changes grants, committed, and answered when every process knows; and what other processes ask of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

from mediaclay_kernel.access import HEARD, LEASE, STREAM, Holder
from mediaclay_kernel.background import beside
from mediaclay_kernel.bus import Bus
from mediaclay_kernel.changelog import Changelog, UnitOfWork
from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import ClayError, Unavailable
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_kernel.relay import stream_name
from mediaclay_kernel.rights import Grant
from mediaclay_kernel.watching import Hearers, Position, Told

from mediaclay_identity.operations.expire_grants import AT_ONCE, expire_grants
from mediaclay_identity.operations.grant_access import GiveAccess, give_access
from mediaclay_identity.operations.rights import held_by
from mediaclay_identity.store import grants

log = logging.getLogger(__name__)
T = TypeVar("T")
C = TypeVar("C")

PATIENCE = 3.0
"""Seconds that a change of grants waits for a process that says nothing. It takes none of them for granted after that."""
IDLE = 0.5
"""Seconds between two looks for grants that have expired."""
MOST = 10_000
"""Revisions; whoever is further behind forgets all that it knows."""


class Granting:
    """Changes of grants, and what other processes ask of them: a `GrantSource`."""

    def __init__(self, changelog: Changelog, bus: Bus | None) -> None:
        self.changelog = changelog
        self._bus = bus
        self._hearers = Hearers(HEARD)
        self._began = time.monotonic()

    async def committed(
        self, principal: Principal, operation: Callable[[UnitOfWork, C], Awaitable[T]], command: C
    ) -> T:
        """What an operation answers, once it is committed and every process knows."""
        async with self.changelog.unit_of_work(principal) as work:
            answer = await operation(work, command)
        revisions = [change.revision for change in work.changes if change.stream == STREAM]
        if revisions:
            await self._told(max(revisions))
        return answer

    async def _told(self, revision: int) -> None:
        """Returns when no process goes by what was before: each that lives has said so, or its lease is over."""
        bus = self._bus
        if bus is None:
            return  # then there is nobody beside us: see `service.running`
        try:
            await bus.ping()
        except Unavailable:
            await asyncio.sleep(LEASE)
            return
        async with reachable():
            head = await grants.head(self.changelog.database.pool, STREAM)
        # Who was not heard of yet, since we have just begun to listen, is waited for, too.
        await asyncio.sleep(max(self._began + LEASE - time.monotonic(), 0))
        await self._hearers.all_at(Position(head.epoch, revision), PATIENCE)

    async def of(self, principals: Sequence[UUID]) -> Mapping[UUID, Sequence[Grant]]:
        """See `GrantSource`."""
        async with reachable():
            return await held_by(self.changelog.database.pool, principals)

    async def since(self, position: Position | None) -> Told:
        """See `GrantSource`."""
        pool = self.changelog.database.pool
        async with reachable():
            head = await grants.head(pool, STREAM)
            known = position is not None and position.epoch == head.epoch
            behind = head.revision - position.revision if position is not None and known else -1
            is_whole = not 0 <= behind <= MOST
            changed: list[UUID] = []
            if position is not None and not is_whole and behind:
                changed = await grants.changed(pool, STREAM, position.revision, head.revision)
        now = Position(head.epoch, head.revision)
        return Told(now, is_whole, dict.fromkeys(changed, 0.0), STREAM, stream_name(self.changelog.schema))

    async def give(self, holders: Sequence[Holder], by: UUID) -> None:
        """See `GrantSource`."""
        giver = Principal(by, PrincipalType.SERVICE, frozenset({Scope.INTERNAL}))
        await self.committed(giver, give_access, GiveAccess(holders, by))

    async def _expire(self) -> None:
        clock = Principal(UUID(int=0), PrincipalType.SERVICE)
        while True:
            try:
                async with self.changelog.unit_of_work(clock) as work:
                    told = await expire_grants(work)
            except ClayError as error:
                log.info("That grants have expired is not told: %s", error)
                told = 0
            except Exception:
                log.exception("Telling of expired grants fell over")
                told = 0
            if told < AT_ONCE:
                await asyncio.sleep(IDLE)

    async def run(self) -> None:
        """Hears how far other processes are, and tells of what expires; ends only when cancelled."""
        works = [self._expire()]
        if self._bus is not None:
            works.append(self._hearers.run(self._bus))
        async with beside(*works):
            await asyncio.Event().wait()


@asynccontextmanager
async def granting(changelog: Changelog, bus: Bus | None) -> AsyncGenerator[Granting]:
    """Grants at work."""
    made = Granting(changelog, bus)
    async with beside(made.run()):
        yield made
