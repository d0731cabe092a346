"""What can be asked of search."""

from __future__ import annotations

from typing import Annotated

import strawberry
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_kernel.ids import decode_cursor, parse_id
from mediaclay_kernel.plan import path

from mediaclay_search.modes import SearchMode
from mediaclay_search.records import After, Everywhere, NodeKey, Results, Scope, Search
from mediaclay_search.state import Request
from mediaclay_search.types.connection import SearchConnection
from mediaclay_search.types.node import Node

LONGEST_PAGE = 1000
LONGEST_QUERY = 1024
MOST_KINDS = 100
USUAL_PAGE = 20
USUAL_COMPLETIONS = 8

strawberry.enum(SearchMode, description="By words, by meaning, or both. By words only, so far.")

Within = Annotated[strawberry.ID | None, strawberry.argument(description="A node: only its branch is searched.")]
First = Annotated[int | None, strawberry.argument(description=f"At most {LONGEST_PAGE}.")]


async def search(
    context: Request,
    *,
    query: Annotated[
        str,
        strawberry.argument(
            description='Words, which may have a typo, and "phrases" in double quotes. Blank finds every node.'
        ),
    ],
    within: Within = None,
    kinds: Annotated[list[str] | None, strawberry.argument(description="All kinds, unless any are named.")] = None,
    mode: SearchMode | None = SearchMode.KEYWORD,
    first: First = USUAL_PAGE,
    after: str | None = None,
) -> Results:
    """A page of hits.

    Raises `BadUserInput`, `LimitExceeded`, `NotFound`, `Unauthenticated`, `Forbidden` and `Unavailable`.
    """
    context.require_read()
    if mode not in (SearchMode.KEYWORD, None):
        raise BadUserInput("Search by meaning is not there yet: use the mode KEYWORD.")
    if len(kinds or ()) > MOST_KINDS:
        raise LimitExceeded(f"At most {MOST_KINDS} kinds can be named.", limit=MOST_KINDS)
    wish = Search(
        _text(query), await _scope(context, within), tuple(kinds) if kinds else None, _first(first, USUAL_PAGE),
        None if after is None else _after(after),
    )  # fmt: skip
    page = await context.state.backend.search(wish)
    return Results(page, wish, await _lag(context, wish.scope))


async def suggest(
    context: Request, *, prefix: str, within: Within = None, first: First = USUAL_COMPLETIONS
) -> list[NodeKey]:
    """Nodes whose names go on from `prefix`. Raises as `search` does."""
    context.require_read()
    most = _first(first, USUAL_COMPLETIONS)
    scope = await _scope(context, within)
    return [NodeKey(each) for each in await context.state.backend.suggest(_text(prefix), scope, most)]


def _text(text: str) -> str:
    if len(text) > LONGEST_QUERY:
        raise LimitExceeded(f"A query has at most {LONGEST_QUERY} characters.", limit=LONGEST_QUERY)
    return text


def _first(first: int | None, usual: int) -> int:
    if first is None:
        return usual
    if first < 0:
        raise BadUserInput("first must not be negative.")
    if first > LONGEST_PAGE:
        raise LimitExceeded(f"A page has at most {LONGEST_PAGE} nodes.", limit=LONGEST_PAGE)
    return first


def _after(cursor: str) -> After:
    score, node, rank = decode_cursor(cursor, float, str, int)
    return After(score, str(parse_id(node, "after")), rank)


async def _scope(context: Request, within: strawberry.ID | None) -> Scope:
    # Asked anew for each search: a branch that was moved or pruned a moment ago lies elsewhere, and so may the caller's
    # rights. What is pruned is in no branch that structure knows.
    if within is None:
        return Everywhere(await context.state.trees.pruned(context.authorization))
    return (await context.state.trees.branch(parse_id(within, "within"), context.authorization),)


async def _lag(context: Request, scope: Scope) -> int:
    positions = await context.state.backend.positions()
    return context.state.heads.lag(positions, None if isinstance(scope, Everywhere) else scope[0].structure)


@strawberry.type
class Query:
    """The queries of search."""

    search: SearchConnection | None = path(
        search, description="Typo-tolerant full text inside one branch (`within`) or everything the caller may see."
    )
    suggest: list[Node] | None = path(suggest, description="As-you-type completions.")
