"""A page of what was found, as a Relay connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import strawberry
from mediaclay_kernel.ids import encode_cursor
from mediaclay_kernel.plan import column, path, shows

from mediaclay_search.loaders import counted
from mediaclay_search.records import Bucket, Counts, Hit, Results
from mediaclay_search.state import Request
from mediaclay_search.types.node import SearchHit


def cursor(hit: Hit) -> str:
    """The place of a hit among all: its score, its node, and as a hint its rank."""
    return encode_cursor(hit.score if hit.mark is None else hit.mark, hit.id, hit.rank)


def start(results: Results) -> str | None:
    """The cursor of the first hit of a page."""
    return cursor(results.page.hits[0]) if results.page.hits else None


def end(results: Results) -> str | None:
    """The cursor of the last hit of a page."""
    return cursor(results.page.hits[-1]) if results.page.hits else None


def hits(results: Results) -> list[Hit]:
    """The hits of a page."""
    return results.page.hits


def itself(record: object) -> object:
    """The same record, shown by another type."""
    return record


async def totals(_context: Request, found: Sequence[Results]) -> list[int]:
    """How many matches each list has. In a thread: they are counted for whom asks."""
    return await asyncio.to_thread(lambda: [each.page.total for each in found])


async def facets(context: Request, found: Sequence[Results]) -> list[list[Counts]]:
    """Counts by kind of each list."""
    each_counted = await asyncio.gather(*(counted.by_kind(context, each) for each in found))
    return [[Counts("kind", buckets)] for buckets in each_counted]


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
@shows(Results)
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = column(lambda results: results.page.has_next)
    has_previous_page: bool = column(lambda results: results.is_later)
    start_cursor: str | None = column(start)
    end_cursor: str | None = column(end)


@strawberry.type(description="A value, and how many matches have it.")
@shows(Bucket)
class FacetBucket:
    """A bucket."""

    value: str
    count: int


@strawberry.type(description="Counts by the values of one field.")
@shows(Counts)
class Facet:
    """A facet."""

    field: str
    buckets: list[FacetBucket] = column("buckets", description="The most frequent first.")


@strawberry.type(description="A hit in a list.")
@shows(Hit)
class SearchEdge:
    """An edge."""

    cursor: str = column(cursor, description="Opaque; good for `after` with the same arguments.")
    node: SearchHit = column(itself)


@strawberry.type(description="A page of hits, best first.")
@shows(Results)
class SearchConnection:
    """A connection."""

    edges: list[SearchEdge] = column(hits)
    nodes: list[SearchHit] = column(hits)
    page_info: PageInfo = column(itself)
    total_count: int = path(totals, description="Matches on all pages.")
    facets: list[Facet] = path(facets, description="Counts by kind over all matches the caller may see.")
    lag: int = column(
        "lag",
        description="How far the index has read the structures asked for: 0 means that nothing is waiting.",
    )
