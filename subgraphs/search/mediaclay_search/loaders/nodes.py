"""Nodes that resemble others, and names that go on from their beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from mediaclay_search.loaders import near
from mediaclay_search.loaders.looking import View, looked
from mediaclay_search.records import Hit, NodeKey, Search
from mediaclay_search.state import Request


async def by_reference(at: Request, keys: Sequence[NodeKey]) -> list[NodeKey]:
    """One for each key: whether there is such a node is for structure to say."""
    at.require_read()
    return list(keys)


async def similar(at: Request, keys: Sequence[NodeKey], first: int, within: UUID | None) -> list[list[Hit]]:
    """The nodes nearest in meaning to each; nothing for one that the caller may not see, or that says nothing."""
    meanings = at.state.meanings
    if meanings is None or not keys:
        return [[] for _ in keys]
    ids = tuple(dict.fromkeys(key.id for key in keys))

    async def seen(view: View) -> set[str]:
        page = await at.state.backend.search(Search("", view.scope, first=len(ids), only=ids, without=view.without))
        return {hit.id for hit in page.hits}

    async def ask(view: View) -> list[list[Hit]]:
        search = Search("", view.scope, without=view.without)
        return await asyncio.gather(*(near.to_node(at, meanings, each, search, first) for each in known))

    known = list((await looked(at, None, seen))[0])
    found = dict(zip(known, (await looked(at, within, ask))[0], strict=True))
    return [found.get(key.id, []) for key in keys]


async def completed(at: Request, prefix: str, within: UUID | None, first: int) -> list[NodeKey]:
    """Nodes whose names go on from a beginning, best first."""

    async def ask(view: View) -> list[str]:
        return await at.state.backend.suggest(Search(prefix, view.scope, first=first, without=view.without))

    return [NodeKey(each) for each in (await looked(at, within, ask))[0]]
