"""The edge between transports and operations: it opens the transaction, commits, and tries again where that helps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from mediaclay_kernel.changelog import Change, Changelog, UnitOfWork
from mediaclay_kernel.errors import Conflict, LimitExceeded
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.rights import Rights

from mediaclay_structure.operations.places import AloneNeeded

R = TypeVar("R")

TRIES = 5
_SLUG_INDEXES = {"node_slugs", "structure_slug_key"}


async def run(
    changelog: Changelog,
    principal: Principal,
    operation: Callable[[UnitOfWork, bool], Awaitable[R]],
    rights: Rights | None = None,
) -> tuple[R, list[Change]]:
    """What an operation answers, and the changes that it committed.

    `operation` is given the unit of work and whether it must hold the structure's lock alone, since it has found that
    it relabels other nodes; that can't be begun in a transaction that shares the lock already. `rights` are what the
    principal may do in trees; without them what its scopes alone say.
    """
    alone = False
    for attempt in range(1, TRIES + 1):
        try:
            async with changelog.unit_of_work(principal, rights) as work:
                answer = await operation(work, alone)
            return answer, work.changes
        except AloneNeeded:
            alone = True
        except asyncpg.UniqueViolationError as error:
            # Another one took the slug or the id at the same moment. Of an id it may be the same request, repeated.
            if getattr(error, "constraint_name", None) in _SLUG_INDEXES or attempt == TRIES:
                raise Conflict("The name or id was taken at the same moment.") from error
        except asyncpg.DeadlockDetectedError as error:
            if attempt == TRIES:
                raise Conflict("Too many changes of the same nodes at once; try again.") from error
        except asyncpg.CheckViolationError as error:
            raise LimitExceeded("The path of keys down to there is too long.") from error
    raise Conflict("Too many changes of the same nodes at once; try again.")
