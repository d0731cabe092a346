"""Nodes, as search knows them by their ids, and hits: each refers to the other. structure fills in the rest of a node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import strawberry
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.plan import column, path, shows

from mediaclay_search import arguments, records
from mediaclay_search.arguments import First, Within
from mediaclay_search.loaders import nodes
from mediaclay_search.records import Hit, NodeKey
from mediaclay_search.state import Request

USUAL = 10


def key(representation: Mapping[str, Any]) -> NodeKey:
    """The node that the router names. Raises `BadUserInput`."""
    return NodeKey(str(parse_id(representation["id"])))


def of_hit(hit: Hit) -> NodeKey:
    """The node of a hit."""
    return NodeKey(hit.id)


async def similar(
    context: Request, of: Sequence[NodeKey], *, first: First = USUAL, within: Within = None
) -> list[list[Hit]]:
    """What is nearest in meaning to each node. Raises as `search` does."""
    return await nodes.similar(context, of, arguments.first(first, USUAL), arguments.within(within))


async def highlights(_context: Request, hits: Sequence[Hit]) -> list[list[records.Highlight]]:
    """The marked fields of each hit. In a thread: long texts take their time."""
    return await asyncio.to_thread(lambda: [hit.highlights() for hit in hits])


@strawberry.type(description="`text` marks matches with <mark>, everything else is HTML-escaped.")
@shows(records.Highlight)
class Highlight:
    """A highlight."""

    field: str = column("field", description="`name`, or `properties` for the strings in them.")
    text: str


@strawberry.federation.type(keys=["id"], description="A node of a tree.")
@shows(NodeKey, key=key, reference=nodes.by_reference)
class Node:
    """The entity of structure, with a field of ours."""

    id: strawberry.ID
    similar: list[SearchHit] = path(similar, needs=["id"], description="Nearest in meaning, best first.")


@strawberry.type(description="A node that was found.")
@shows(Hit)
class SearchHit:
    """A hit."""

    node: Node = column(of_hit)
    score: float = column("score", description="Comparable within one answer only.")
    highlights: list[Highlight] = path(highlights, description="The fields with a match.")
