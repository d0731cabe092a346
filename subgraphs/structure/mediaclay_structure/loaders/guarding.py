"""What the caller of a request may read, asked at the entries: what lies below a readable node is readable, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from mediaclay_kernel.database import reachable

from mediaclay_structure.records import BranchLabel
from mediaclay_structure.state import Request
from mediaclay_structure.store import guards
from mediaclay_structure.store.guards import Guard
from mediaclay_structure.tree.reach import begins, reach_of


async def guard_of(at: Request) -> Guard | None:
    """What statements need to show no more than the caller may read, None where that is everything.

    Raises `Unauthenticated`, `Forbidden`, and `Unavailable` where grants can't be had.
    """
    at.require_read()
    return Guard.of(at.known_rights or await at.rights())


async def reach(at: Request) -> dict[UUID, list[BranchLabel]] | None:
    """By structure the tops of what was granted to the caller and may be read; None where that is everything.

    What is public is not among it.
    """
    guard = await guard_of(at)
    if guard is None:
        return None
    async with reachable():
        found = await guards.places(at.state.database.pool, guard)
    return reach_of(guard.holders, found)


async def visible(at: Request) -> Sequence[UUID] | None:
    """The structures of which the caller may read something, beside the public ones; None for all."""
    found = await reach(at)
    return None if found is None else list(found)


async def firsts(at: Request, lines: Sequence[Sequence[UUID]], structures: Iterable[UUID]) -> list[int | None]:
    """Where in each line of ids, from a root down, begins what the caller may read; None where nothing may be.

    `structures` are those that the lines belong to, one for each.
    """
    rights = at.known_rights or await at.rights()
    own = list(structures)
    if rights.is_all or at.principal.id is None:  # whoever is nobody has come here by what is public
        return [0] * len(lines)
    async with reachable():
        public = await guards.public(at.state.database.pool, list(set(own)))
    return [
        0 if structure in public else begins(line, rights.chain) for line, structure in zip(lines, own, strict=True)
    ]
