"""Node, as search knows it: by its id. structure fills in the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.plan import path, shows

from mediaclay_search import arguments
from mediaclay_search.arguments import First, Within
from mediaclay_search.loaders import nodes
from mediaclay_search.records import Hit, NodeKey
from mediaclay_search.state import Request

if TYPE_CHECKING:
    from mediaclay_search.types.hit import SearchHit

USUAL = 10


def key(representation: Mapping[str, Any]) -> NodeKey:
    """The node that the router names. Raises `BadUserInput`."""
    return NodeKey(str(parse_id(representation["id"])))


async def similar(
    context: Request, of: Sequence[NodeKey], *, first: First = USUAL, within: Within = None
) -> list[list[Hit]]:
    """What is nearest in meaning to each node. Raises as `search` does."""
    return await nodes.similar(context, of, arguments.first(first, USUAL), arguments.within(within))


@strawberry.federation.type(keys=["id"], description="A node of a tree.")
@shows(NodeKey, key=key, reference=nodes.by_reference)
class Node:
    """The entity of structure, with a field of ours."""

    id: strawberry.ID
    similar: list[Annotated[SearchHit, strawberry.lazy("mediaclay_search.types.hit")]] = path(
        similar, needs=["id"], description="Nearest in meaning, best first."
    )
