"""What a caller may see: the structure subgraph says it for each request, and search takes its word as the filter."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

import httpx
from mediaclay_kernel.errors import ClayError, NotFound, Unauthenticated, Unavailable

from mediaclay_search.records import Everywhere, Part, Range, Sight
from mediaclay_search.sources.trees import Trees

BRANCH = """
query BranchScope($id: ID!) { branchScope(id: $id) { structure revision anchors ranges { anchor from to } } }
"""
READABLE = """
query ReadableScope {
  readableScope { structure revision isWhole anchors ranges { anchor from to } }
  prunedAnchors
}
"""
HIDDEN = {"NOT_FOUND", "FORBIDDEN"}
ASK = httpx.Timeout(5)
UNKNOWN = "The structure subgraph can't say what may be seen; try again."


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

    async def sight(self, within: UUID | None, authorization: str | None) -> Sight:
        """See `Scopes`."""
        return await (self._readable(authorization) if within is None else self._branch(within, authorization))

    async def _readable(self, authorization: str | None) -> Sight:
        asked: dict[str, Any] = {"query": READABLE, "variables": {}}
        async with self._trees.answer(asked, authorization, ASK) as (data, codes):
            if codes or data.get("prunedAnchors") is None:
                raise Unauthenticated() if "UNAUTHENTICATED" in codes else Unavailable(UNKNOWN)
            parts, pruned = data["readableScope"], tuple(map(str, data["prunedAnchors"]))
            if parts is not None:
                return _seen(parts, pruned)
        return Sight(Everywhere(pruned), await self._revisions())

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


def _seen(parts: list[dict[str, Any]], pruned: tuple[str, ...] = ()) -> Sight:
    """The sight of several `BranchScope`s, one for each structure."""
    revisions = {str(each["structure"]): int(each["revision"]) for each in parts}
    return Sight(tuple(_part(each, pruned) for each in parts), revisions)


def _part(found: dict[str, Any], pruned: tuple[str, ...]) -> Part:
    if found.get("isWhole"):
        return Part(str(found["structure"]), without=pruned)
    ranges = tuple(Range(str(each["anchor"]), each["from"], each["to"]) for each in found["ranges"])
    return Part(str(found["structure"]), tuple(map(str, found["anchors"])), ranges)


def _refused(codes: set[str | None], node: UUID) -> ClayError:
    if codes <= HIDDEN:  # also where there is neither an error nor a branch
        return NotFound(f"There is no node {node} that you may see.")
    if "UNAUTHENTICATED" in codes:
        return Unauthenticated()
    return Unavailable(UNKNOWN)
