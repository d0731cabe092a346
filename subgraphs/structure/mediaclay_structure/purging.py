"""What was pruned long enough ago is deleted for good, in the background and little by little."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from mediaclay_kernel.background import beside
from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.principal import Principal, PrincipalType

from mediaclay_structure.operations.purge_branch import purge_next
from mediaclay_structure.state import State
from mediaclay_structure.store import pruning

log = logging.getLogger(__name__)

LOOK = 30.0
"""Seconds between two looks when there was nothing to do."""
REST = 0.2
"""Seconds between two batches, in which others get at the structure."""
REMEMBERED = 3_600.0
"""Seconds for which the fragments of a purged branch are remembered: long enough for every index to hear of it."""


async def purge(state: State, keep: float) -> bool:
    """Deletes one batch of what was pruned more than `keep` seconds ago; whether there was anything."""
    nobody = Principal(None, PrincipalType.SERVICE, frozenset())
    async with state.changelog.unit_of_work(nobody) as work:
        return await purge_next(work, keep)


async def _step(state: State, keep: float) -> float:
    """Does what there is to do; how many seconds to wait then."""
    try:
        if await purge(state, keep):
            return REST
        async with reachable():
            await pruning.sweep(state.database.pool, REMEMBERED)
    except ClayError as error:
        log.info("Purging waits: %s", error)
    except Exception:
        log.exception("Purging fell over; it goes on in %.0f s.", LOOK)
    return LOOK


async def _purging(state: State, keep: float) -> None:
    while True:
        wait = await _step(state, keep)
        await asyncio.sleep(wait)


@asynccontextmanager
async def running(state: State, keep: float) -> AsyncGenerator[None]:
    """Purging at work, beside that of other processes: each takes a branch that no other has."""
    async with beside(_purging(state, keep)):
        yield
