"""The changes of a branch, followed as they come."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import NotFound, Unavailable
from mediaclay_kernel.ids import parse_ids
from mediaclay_kernel.live import GONE, Changes

from mediaclay_structure.state import Request
from mediaclay_structure.store import nodes

DELETED = "DELETED"
UNSETTLING = ("PRUNED", DELETED)
"""Types of changes after which a branch that was followed may be gone."""


async def of_branch(at: Request, within: str, after: int | None) -> Changes:
    """The changes of a branch behind a revision, or from now on. Raises `NotFound`, `Unauthenticated`, `Forbidden`."""
    at.require_read()
    [top] = parse_ids([within])
    structure = None if top is None else (await _structures_of(at, [top])).get(top)
    if top is None or structure is None:
        raise _gone(within)
    if at.state.live is None:
        raise Unavailable("Nothing can be followed here.")
    return at.state.live.follow(structure, top, after, partial(_check, at, top))


async def _check(at: Request, top: UUID, change: Change | None) -> None:
    at.require_read()
    if change is None:
        living = await at.state.gatherings.of("followed branches", partial(_structures_of, at)).ask([top])
        if top not in living:
            raise _gone(str(top))
    elif change.type == DELETED:
        raise _gone(str(top))


async def _structures_of(at: Request, tops: Sequence[UUID]) -> dict[UUID, UUID]:
    """The structures of those that there are and that are not pruned."""
    async with reachable():
        found = await nodes.labels(at.state.database.pool, tops)
    return {top: label.structure_id for top, label in found.items()}


def _gone(branch: str) -> NotFound:
    return NotFound(f"There is no branch {branch[:40]} that you may see.", reason=GONE)
