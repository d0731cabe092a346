"""What can be asked of search."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import path

from mediaclay_search import arguments
from mediaclay_search.arguments import First, Kinds, Where, Within, Words
from mediaclay_search.loaders import found, nodes
from mediaclay_search.loaders.found import Wish
from mediaclay_search.modes import SearchMode
from mediaclay_search.records import NodeKey, Results, Search
from mediaclay_search.state import Request
from mediaclay_search.types.connection import SearchConnection
from mediaclay_search.types.node import Node

USUAL_PAGE = 20
USUAL_COMPLETIONS = 8

strawberry.enum(SearchMode, description="By words, by meaning, or both.")


async def search(
    context: Request,
    *,
    query: Words,
    within: Within = None,
    kinds: Kinds = None,
    where: Where = None,
    mode: SearchMode | None = SearchMode.HYBRID,
    first: First = USUAL_PAGE,
    after: str | None = None,
) -> Results:
    """A page of hits.

    Raises `BadUserInput`, `LimitExceeded`, `NotFound`, `Unauthenticated`, `Forbidden` and `Unavailable`.
    """
    context.require_read()
    wanted = Search(
        arguments.text(query), kinds=arguments.kinds(kinds), first=arguments.first(first, USUAL_PAGE),
        after=arguments.after(after), where=arguments.where(where),
    )  # fmt: skip
    return await found.found(context, Wish(wanted, mode or SearchMode.HYBRID, arguments.within(within)))


async def suggest(
    context: Request, *, prefix: str, within: Within = None, first: First = USUAL_COMPLETIONS
) -> list[NodeKey]:
    """Nodes whose names go on from `prefix`. Raises as `search` does."""
    context.require_read()
    most = arguments.first(first, USUAL_COMPLETIONS)
    return await nodes.completed(context, arguments.text(prefix), arguments.within(within), most)


@strawberry.type
class Query:
    """The queries of search."""

    search: SearchConnection | None = path(
        search,
        description="Typo-tolerant full text, meaning, or both, inside one branch (`within`) or everything the caller may see.",
    )
    suggest: list[Node] | None = path(suggest, description="As-you-type completions.")
