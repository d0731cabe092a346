"""A page of what was found by words, by meaning, or by both."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID

from mediaclay_kernel.errors import BadUserInput, Unavailable

from mediaclay_search.loaders import near
from mediaclay_search.loaders.fusing import DEPTH, behind, fused
from mediaclay_search.loaders.looking import View, looked
from mediaclay_search.modes import SearchMode
from mediaclay_search.records import After, Everywhere, Hit, Page, Results, Search
from mediaclay_search.state import Request

LONG = 4
"""A query of more than 4 words is a sentence, and so is one of several that finds nothing: for `HYBRID` one of its words is
enough, the first 100. What stands in quotes is no part of a sentence."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; the scope of `search` is looked up."""

    search: Search
    mode: SearchMode
    within: UUID | None


@dataclass(frozen=True, slots=True)
class _Found:
    page: Page
    search: Search
    beside: tuple[str, ...] = ()


async def found(at: Request, wish: Wish) -> Results:
    """A page of hits. Raises as `looking.looked` does, `LimitExceeded` for too many words."""
    ways = {SearchMode.KEYWORD: _by_words, SearchMode.SEMANTIC: _by_meaning, SearchMode.HYBRID: _by_both}
    mode = wish.mode if wish.search.text.strip() else SearchMode.KEYWORD
    if mode is SearchMode.SEMANTIC and at.state.meanings is None:
        raise BadUserInput("Search by meaning is switched off here (CLAY_SEARCH_EMBEDDER=none): use the mode KEYWORD.")

    async def ask(view: View) -> _Found:
        return await ways[mode](at, replace(wish.search, scope=view.scope, without=view.without))

    answer, sight = await looked(at, wish.within, ask)
    positions = await at.state.backend.positions()
    scope = sight.scope
    lags = [None] if isinstance(scope, Everywhere) else [part.structure for part in scope]
    lag = sum(at.state.heads.lag(positions, each) for each in lags)
    is_later = wish.search.after is not None
    return Results(answer.page, answer.search, lag, sight, wish.within, answer.beside, is_later)


async def _by_words(at: Request, search: Search) -> _Found:
    return _Found(await at.state.backend.search(search), search)


async def _by_meaning(at: Request, search: Search) -> _Found:
    hits = await near.to_text(at, search, DEPTH)
    kept = replace(search, text="", only=tuple(hit.id for hit in hits), after=None)
    return _Found(_page(hits, search, len(hits)), kept)


async def _by_both(at: Request, search: Search) -> _Found:
    (words, search), meant = await asyncio.gather(_worded(at, search), _meant(at, search))
    both = fused(words.hits, meant)
    if search.any_word or not words.has_next:  # then these are all, and can be counted without searching again
        page = _page(both, search, len(both))
        return _Found(page, replace(search, text="", only=(), after=None), tuple(hit.id for hit in both))
    named = {hit.id for hit in words.hits}
    beside = await _beside(at, search, tuple(hit.id for hit in meant if hit.id not in named))
    hits = _page(both, search, len(both)).hits
    page = Page(hits, lambda: words.total + len(beside), has_next=True)  # counted for whom asks, off the event loop
    if len(page.hits) < search.first:
        page = await _with_tail(at, search, page, both)
    return _Found(page, search, beside)


async def _worded(at: Request, search: Search) -> tuple[Page, Search]:
    """The first by words, and how they were searched for: a sentence is told by what it finds."""
    size = len(near.unquoted(search.text).split())
    if size <= LONG:
        words = await at.state.backend.search(replace(search, first=DEPTH, after=None))
        if words.hits or size < 2:
            return words, search
    search = replace(search, any_word=True)
    return await at.state.backend.search(replace(search, first=DEPTH, after=None)), search


async def _meant(at: Request, search: Search) -> list[Hit]:
    try:
        return await near.to_text(at, search, DEPTH)
    except Unavailable:
        return []  # an embedder that is away costs what it alone would find


async def _beside(at: Request, search: Search, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the ids that are no match by words further down."""
    if not ids:
        return ()
    page = await at.state.backend.search(replace(search, only=ids, first=DEPTH, after=None))
    also = {hit.id for hit in page.hits}
    return tuple(each for each in ids if each not in also)


def _page(hits: list[Hit], search: Search, total: int) -> Page:
    """The page of a list that is there as a whole, but for what may come behind it."""
    start = _start(hits, search.after)
    return Page(hits[start : start + search.first], total, total > start + search.first)


def _start(hits: list[Hit], after: After | None) -> int:
    if after is None:
        return 0
    place = next((hit.rank for hit in hits if hit.id == after.id), None)
    return min(after.rank, len(hits)) if place is None else place


async def _with_tail(at: Request, search: Search, page: Page, both: list[Hit]) -> Page:
    """The page with matches by words alone, behind those that were fused."""
    known = {hit.id for hit in both}
    after = search.after
    if after is not None and (after.id in known or after.rank <= len(both)):
        after = None
    hidden = (*search.without, *known)
    tail = await at.state.backend.search(
        replace(search, first=search.first - len(page.hits), after=after and replace(after, rank=after.rank - len(both)),
                without=hidden)
    )  # fmt: skip
    ranked = behind(tail.hits, len(both))
    return Page([*page.hits, *ranked], page.count, tail.has_next)
