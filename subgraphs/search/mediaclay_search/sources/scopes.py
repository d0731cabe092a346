"""What a caller may see: the structure subgraph says it for each request, and search takes its word as the filter."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol
from uuid import UUID

import httpx
from mediaclay_kernel.errors import ClayError, NotFound, Unauthenticated, Unavailable

from mediaclay_search.records import Everywhere, Part, Range, Sight
from mediaclay_search.sources.trees import Trees

log = logging.getLogger(__name__)

BRANCH = """
query BranchScope($id: ID!) { branchScope(id: $id) { structure revision anchors ranges { anchor from to } } }
"""
PRUNED = "query PrunedAnchors { prunedAnchors }"
HIDDEN = {"NOT_FOUND", "FORBIDDEN"}
ASK = httpx.Timeout(5)
ASK_SHORTLY = httpx.Timeout(2)
"""Where there is something to go on with if nobody answers."""


class Scopes(Protocol):
    """Who knows what a caller may see."""

    async def sight(self, within: UUID | None, authorization: str | None) -> Sight:
        """What the sender of an Authorization header may see of a branch, or of everything.

        Raises `NotFound` where there is no branch that they may see, `Unauthenticated`, `Unavailable`.
        """
        ...


class StructureScopes:
    """Asks the structure subgraph, with the caller's own header, anew for each request.

    A branch that was moved or pruned a moment ago lies elsewhere, and so may the caller's rights.
    """

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._pruned: tuple[str, ...] = ()
        self._heard = True

    async def sight(self, within: UUID | None, authorization: str | None) -> Sight:
        """See `Scopes`."""
        return await (self._readable(authorization) if within is None else self._branch(within, authorization))

    async def _readable(self, authorization: str | None) -> Sight:
        # Who may read may read all that is not pruned. Where that depends on grants, structure names the parts that are
        # left, and `_seen` reads them.
        without, revisions = await asyncio.gather(self._without(authorization), self._revisions())
        return Sight(Everywhere(without), revisions)

    async def _revisions(self) -> dict[str, int]:
        """Those that the trees have at least; none while they do not say, and the index is taken as it is."""
        try:
            return await self._trees.heads()
        except Unavailable:
            return {}

    async def _branch(self, node: UUID, authorization: str | None) -> Sight:
        asked = {"query": BRANCH, "variables": {"id": str(node)}}
        async with self._trees.answer(asked, authorization, ASK) as (data, codes):
            if data.get("branchScope") is not None:
                return _seen([data["branchScope"]])
        raise _refused(codes, node)

    async def _without(self, authorization: str | None) -> tuple[str, ...]:
        """The anchors whose nodes are pruned.

        While structure does not answer, those that it named last: what was pruned since then is found until it is back,
        and where it has not answered since the start, all that is pruned.
        """
        try:
            self._pruned = await self._ask_pruned(authorization)
            self._heard = True
        except Unavailable as error:
            if self._heard:
                log.warning("What is pruned from now on is found all the same: %s", error.message)
            self._heard = False
        return self._pruned

    async def _ask_pruned(self, authorization: str | None) -> tuple[str, ...]:
        async with self._trees.answer({"query": PRUNED}, authorization, ASK_SHORTLY) as (data, codes):
            if data.get("prunedAnchors") is not None:
                return tuple(map(str, data["prunedAnchors"]))
        if "UNAUTHENTICATED" in codes:
            raise Unauthenticated
        raise Unavailable("The structure subgraph can't say what is pruned.")


def _seen(parts: list[dict[str, Any]]) -> Sight:
    """The sight of several `BranchScope`s, one for each structure."""
    revisions = {str(each["structure"]): int(each["revision"]) for each in parts}
    return Sight(tuple(map(_part, parts)), revisions)


def _part(found: dict[str, Any]) -> Part:
    ranges = tuple(Range(str(each["anchor"]), each["from"], each["to"]) for each in found["ranges"])
    return Part(str(found["structure"]), tuple(map(str, found["anchors"])), ranges)


def _refused(codes: set[str | None], node: UUID) -> ClayError:
    if codes <= HIDDEN:  # also where there is neither an error nor a branch
        return NotFound(f"There is no node {node} that you may see.")
    if "UNAUTHENTICATED" in codes:
        return Unauthenticated()
    return Unavailable("The structure subgraph can't say where the branch lies; try again.")
