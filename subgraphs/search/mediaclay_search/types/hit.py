"""What was found."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import strawberry
from mediaclay_kernel.plan import column, path, shows

from mediaclay_search import records
from mediaclay_search.records import Hit, NodeKey
from mediaclay_search.state import Request
from mediaclay_search.types.node import Node


def key(hit: Hit) -> NodeKey:
    """The node of a hit."""
    return NodeKey(hit.id)


async def highlights(_context: Request, hits: Sequence[Hit]) -> list[list[records.Highlight]]:
    """The marked fields of each hit. In a thread: long texts take their time."""
    return await asyncio.to_thread(lambda: [hit.highlights() for hit in hits])


@strawberry.type(description="`text` marks matches with <mark>, everything else is HTML-escaped.")
@shows(records.Highlight)
class Highlight:
    """A highlight."""

    field: str = column("field", description="`name`, or `properties` for the strings in them.")
    text: str


@strawberry.type(description="A node that was found.")
@shows(Hit)
class SearchHit:
    """A hit."""

    node: Node = column(key)
    score: float = column("score", description="Comparable within one answer only.")
    highlights: list[Highlight] = path(highlights, description="The fields with a match.")
