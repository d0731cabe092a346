"""Looks into the index for a caller, and makes sure that nothing is told which the caller may not see.

The index and the trees are two stores, so each can be ahead of the other:

- The index is behind: nodes that were relabelled by changes that it has not read may stand elsewhere. They are left out.
- The index is ahead of what structure said of the caller's sight: a node may have come to an anchor after that had left the
  sight. Then structure is asked again, and where the sight is another one by now, so is the index.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from mediaclay_kernel.errors import NotFound, Unavailable

from mediaclay_search.records import Everywhere, Scope, Sight
from mediaclay_search.sources.pending import Hidden
from mediaclay_search.state import Request

TRIES = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """Where to look, and which nodes are not to be told of."""

    scope: Scope
    without: tuple[str, ...]


Ask = Callable[[View], Awaitable[T]]


async def looked(at: Request, within: UUID | None, ask: Ask[T], sight: Sight | None = None) -> tuple[T, Sight]:
    """What `ask` finds of what the caller may see, and the sight that it was found in.

    `sight` is one that was good a moment ago. Raises `NotFound`, `Unauthenticated`, `Forbidden`, `Unavailable`.
    """
    at.require_read()
    if sight is None:
        sight = await _sight(at, within)
    for number in range(TRIES):
        generation = at.state.backend.generation
        hidden = await _hidden(at, sight, is_last=number == TRIES - 1)
        found = await ask(View(sight.scope, hidden.ids))
        if hidden.is_of_now and at.state.backend.generation != generation:
            continue  # what was not in the index, and so was not left out, may have come to it
        if not at.state.heads.is_beyond(sight.revisions):
            return found, sight
        before, sight = sight, await _sight(at, within)
        if sight.scope == before.scope:
            return found, sight
    raise Unavailable("The branch changes too fast to be searched; try again.")


async def _sight(at: Request, within: UUID | None) -> Sight:
    return await at.state.scopes.sight(within, at.authorization)


async def _hidden(at: Request, sight: Sight, *, is_last: bool) -> Hidden:
    """What is not to be told of. The last time it is asked for, whatever the index has or gets is left out."""
    positions = await at.state.backend.positions()
    ids: list[str] = []
    is_of_now = False
    for structure, revision in sight.revisions.items():
        read = positions.get(structure, 0)
        if revision > read:
            at.state.heads.advance(structure, revision)
            index = None if is_last else at.state.backend
            try:
                found = await at.state.pending.between(structure, read, revision, index)
            except (Unavailable, NotFound):
                if not isinstance(sight.scope, Everywhere):
                    raise
                continue  # what was pruned lately is found by whoever may see everything else, rather than nothing
            ids += found.ids
            is_of_now = is_of_now or found.is_of_now
    return Hidden(tuple(ids), is_of_now)
