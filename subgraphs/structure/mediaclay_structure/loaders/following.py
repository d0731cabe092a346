"""The changes of a branch, followed as they come."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import NotFound, Unavailable
from mediaclay_kernel.ids import parse_ids
from mediaclay_kernel.live import GONE, REVOKED, Changes

from mediaclay_structure.loaders.guarding import guard_of
from mediaclay_structure.state import Request
from mediaclay_structure.store import guards, nodes
from mediaclay_structure.store.guards import Guard

DELETED, PUBLISHED = "DELETED", "VISIBILITY_SET"
UNSETTLING = ("PRUNED", "MOVED", PUBLISHED, DELETED)
"""Types of changes after which a branch that was followed may be gone, or not to be seen any more."""


async def of_branch(at: Request, within: str, after: int | None) -> Changes:
    """The changes of a branch behind a revision, or from now on. Raises `NotFound`, `Unauthenticated`, `Forbidden`."""
    guard = await guard_of(at)
    [top] = parse_ids([within])
    structure = None if top is None else (await _structures_of(at, [top])).get(top)
    if top is None or structure is None or top not in await _seen(at, guard, [top]):
        raise _gone(within)
    if at.state.live is None:
        raise Unavailable("Nothing can be followed here.")
    return at.state.live.follow(structure, top, after, partial(_check, at, top))


async def _check(at: Request, top: UUID, change: Change | None) -> None:
    if change is not None and change.type == DELETED:
        raise _gone(str(top))
    guard = await guard_of(at)
    by_grants = guard is not None and guard.holders > 0
    if change is not None and not by_grants:
        return  # what is public is until somebody says otherwise
    if not by_grants:
        fetch, name = partial(_seen, at, guard), ("followed branches", guard is None)
        seen, _ = await at.state.gatherings.of(name, fetch).ask([top])
    else:
        seen = await _seen(at, guard, [top])
    if top not in seen:
        living = guard is not None and top in await _structures_of(at, [top])
        raise _revoked(str(top)) if living else _gone(str(top))


async def _seen(at: Request, guard: Guard | None, tops: Sequence[UUID]) -> set[UUID]:
    async with reachable():
        return await guards.seen(at.state.database.pool, tops, guard)


async def _structures_of(at: Request, tops: Sequence[UUID]) -> dict[UUID, UUID]:
    """The structures of those that there are and that are not pruned."""
    async with reachable():
        found = await nodes.labels(at.state.database.pool, tops)
    return {top: label.structure_id for top, label in found.items()}


def _revoked(branch: str) -> NotFound:
    return NotFound(f"You may not see the branch {branch[:40]} any more.", reason=REVOKED)


def _gone(branch: str) -> NotFound:
    return NotFound(f"There is no branch {branch[:40]} that you may see.", reason=GONE)
