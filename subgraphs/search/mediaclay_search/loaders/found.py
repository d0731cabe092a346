"""A page of what was found by words, by meaning, or by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from mediaclay_kernel.errors import BadUserInput, Unavailable

from mediaclay_search.loaders import near
from mediaclay_search.loaders.looking import View, looked
from mediaclay_search.modes import SearchMode
from mediaclay_search.records import After, Everywhere, Hit, Page, Results, Search
from mediaclay_search.state import Request

DEPTH = 100
"""Of each list, the first so many are fused."""
LONG, FEW, LONGEST = 4, 10, 8
"""A query of more than 4 words that finds fewer than 10 nodes is a sentence, and so is one of more than 8 words: for `HYBRID`
one of its words is enough, the first 100."""
K = 60
"""Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): a hit scores 1 / (K + rank) for each list that has it."""


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
    size = len(search.text.split())
    words = Page([], 0, has_next=False)
    if size <= LONGEST:
        words = await at.state.backend.search(replace(search, first=DEPTH, after=None))
    if is_sentence := words.total < FEW and size > LONG:
        search = replace(search, any_word=True)
        words = await at.state.backend.search(replace(search, first=DEPTH, after=None))
        words = Page(words.hits, len(words.hits), has_next=False)
    try:
        meant = await near.to_text(at, search, DEPTH)
    except Unavailable:
        meant = []  # an embedder that is away costs what it alone would find
    fused = _fused(words.hits, meant)
    named = {hit.id for hit in words.hits}
    others = tuple(hit.id for hit in meant if hit.id not in named)
    also = set[str]()
    if others and words.has_next:
        also = {
            h.id for h in (await at.state.backend.search(replace(search, only=others, first=DEPTH, after=None))).hits
        }
    beside = tuple(each for each in others if each not in also)
    page = _page(fused, search, words.total + len(beside))
    if is_sentence:
        beside = tuple(hit.id for hit in fused)
        return _Found(page, replace(search, text="", only=(), after=None), beside)
    if words.has_next and len(page.hits) < search.first:
        page = await _with_tail(at, search, page, fused)
    return _Found(page, search, beside)


def _fused(words: Sequence[Hit], meant: Sequence[Hit]) -> list[Hit]:
    scores: dict[str, float] = {}
    for hit in (*words, *meant):
        scores[hit.id] = scores.get(hit.id, 0.0) + 1 / (K + hit.rank)
    shown = {hit.id: hit for hit in (*meant, *words)}
    order = sorted(shown.values(), key=lambda hit: (-scores[hit.id], hit.id))
    return [replace(hit, score=scores[hit.id], rank=rank, mark=hit.score) for rank, hit in enumerate(order, 1)]


def _page(hits: list[Hit], search: Search, total: int) -> Page:
    """The page of a list that is there as a whole, but for what may come behind it."""
    start = _start(hits, search.after)
    return Page(hits[start : start + search.first], total, total > start + search.first)


def _start(hits: list[Hit], after: After | None) -> int:
    if after is None:
        return 0
    place = next((hit.rank for hit in hits if hit.id == after.id), None)
    return min(after.rank, len(hits)) if place is None else place


async def _with_tail(at: Request, search: Search, page: Page, fused: list[Hit]) -> Page:
    """The page with matches by words alone, behind those that were fused."""
    known = {hit.id for hit in fused}
    after = search.after
    if after is not None and (after.id in known or after.rank <= len(fused)):
        after = None
    hidden = (*search.without, *known)
    tail = await at.state.backend.search(
        replace(search, first=search.first - len(page.hits), after=after and replace(after, rank=after.rank - len(fused)),
                without=hidden)
    )  # fmt: skip
    ranked = [
        replace(hit, rank=len(fused) + hit.rank, score=1 / (K + DEPTH + hit.rank), mark=hit.score) for hit in tail.hits
    ]
    return Page([*page.hits, *ranked], page.total, tail.has_next)
