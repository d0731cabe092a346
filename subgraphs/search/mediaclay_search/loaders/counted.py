"""Matches counted by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from mediaclay_search.loaders.looking import View, looked
from mediaclay_search.records import Bucket, Results
from mediaclay_search.state import Request


async def by_kind(at: Request, results: Results) -> list[Bucket]:
    """All matches of a search by kind, the most frequent first."""

    async def ask(view: View) -> Counter[str]:
        search = replace(results.search, scope=view.scope, without=view.without)
        counts = Counter[str]()
        if search.only != ():
            counts.update({each.value: each.count for each in await at.state.backend.kinds(search)})
        if results.beside:
            beside = replace(search, text="", only=results.beside)
            counts.update({each.value: each.count for each in await at.state.backend.kinds(beside)})
        return counts

    counts, _ = await looked(at, results.within, ask, results.sight)
    return [Bucket(kind, count) for kind, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]
