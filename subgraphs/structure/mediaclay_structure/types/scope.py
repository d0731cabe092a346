"""A branch for other subgraphs: hidden from clients by the router."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import column, shows

from mediaclay_structure.records import BranchScope as BranchScopeRecord
from mediaclay_structure.records import KeyRange as KeyRangeRecord


def _anchor(part: KeyRangeRecord) -> str:
    return str(part.anchor)  # beyond what GraphQL's Int holds


def _anchors(scope: BranchScopeRecord) -> list[str]:
    return [str(anchor) for anchor in scope.anchors]


@strawberry.federation.type(inaccessible=True, description="The keys from <= key < to of one fragment.")
@shows(KeyRangeRecord)
class KeyRange:
    """A part of a fragment."""

    anchor: str = column(_anchor)
    from_: str = column("low", name="from")
    to: str = column("high")


@strawberry.federation.type(
    inaccessible=True, description="A branch as whole fragments and the part of the one that it begins in."
)
@shows(BranchScopeRecord)
class BranchScope:
    """A branch, as an index knows it."""

    structure: strawberry.ID
    is_whole: bool = column(
        "is_whole",
        description="Whether it is the whole structure; then the fragments need not be looked at, and are not named.",
    )
    revision: int
    anchors: list[str] = column(_anchors)
    ranges: list[KeyRange]
