"""Nodes by their meaning, each of them checked by the index, which alone says what is where and of which kind."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from mediaclay_search.meanings import Meanings
from mediaclay_search.records import Hit, Search
from mediaclay_search.state import Request
from mediaclay_search.vectors import Near

FEW = 2_000
"""Nodes of the kinds and properties asked for, up to which their vectors alone are scanned."""
SPARE = 50
"""More than needed, for those that the index knows better about."""
WIDEST = 50_000
LIKE_ENOUGH = 0.2
"""Cosine below which a node has nothing to do with a text."""
_PHRASE = re.compile(r'"[^"]*"?')

Asked = Callable[[int, Sequence[str] | None], Awaitable[list[Near]]]


def unquoted(text: str) -> str:
    """A text without the phrases in it."""
    return _PHRASE.sub(" ", text)


async def to_text(at: Request, search: Search, most: int) -> list[Hit]:
    """The nodes nearest to the text of a search, best first; phrases in it must be there as they stand.

    Raises `Unavailable` where the embedder does not answer.
    """
    meanings = at.state.meanings
    text = search.text.replace('"', " ").strip()
    if meanings is None or not text:
        return []
    must = replace(search, text=" ".join(_PHRASE.findall(search.text)), after=None)
    return await _checked(at, must, most, lambda count, only: meanings.nearest(text, must.scope, count, only))


async def to_node(at: Request, meanings: Meanings, id_: str, search: Search, most: int) -> list[Hit]:
    """The nodes nearest to a node, without itself."""
    return await _checked(at, search, most, lambda count, _: meanings.like(id_, search.scope, count))


async def _checked(at: Request, must: Search, most: int, ask: Asked) -> list[Hit]:
    only: list[str] | None = None
    if must.kinds is not None or must.where is not None or must.text:
        page = await at.state.backend.search(replace(must, first=FEW))
        only = None if page.has_next else [hit.id for hit in page.hits]
    count = most + SPARE
    while True:
        near = await ask(count, only)
        told = [each for each in near if each.score >= LIKE_ENOUGH]
        found = await _known(at, must, told)
        if len(found) >= most or len(near) < count or len(told) < len(near) or count >= WIDEST:
            return found[:most]
        count *= 4


async def _known(at: Request, must: Search, near: Sequence[Near]) -> list[Hit]:
    if not near:
        return []
    ids = tuple(each.id for each in near)
    known = {hit.id for hit in (await at.state.backend.search(replace(must, only=ids, first=len(ids)))).hits}
    kept = [each for each in near if each.id in known]
    return [Hit(each.id, each.score, rank, list) for rank, each in enumerate(kept, 1)]
