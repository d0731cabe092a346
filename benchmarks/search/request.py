"""A whole GraphQL request to search: read, the sight asked of structure, searched, answered; without a network or a router."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_search import subgraph
from mediaclay_search.engine import embedded

from benchmarks.rows import Row, seconds
from benchmarks.search import asking
from benchmarks.search.words import PAGE, QUERIES, ROUNDS
from benchmarks.search.world import STRUCTURE, Node, World
from benchmarks.structure.bench import say
from tests.search.support.forest import Forest, served

ASK = """query($text: String!, $within: ID, $first: Int!) {
    search(query: $text, within: $within, first: $first, mode: KEYWORD) { nodes { score node { id } } } }"""


async def measured(home: Path, world: World) -> list[Row]:
    """On the index in `home`, which nobody else may have open."""
    random = Random(7)
    asked, tops = asking.queries(world, random, QUERIES), asking.branches(world, random, QUERIES)
    say("whole requests")
    forest = await _stand_in(home, world, tops)
    settings = load(Settings, home=home, public_read=True)
    async with served(forest), running(subgraph, settings, source_url=forest.url, embedder="none") as client:
        whole = await _taken(client, asked, [None] * QUERIES)
        scoped = await _taken(client, asked, [top.document.id for top in tops])
    note = "read, allowed by a stand-in for structure on the same core, searched and answered"
    return [
        Row("a whole GraphQL request, in the whole", seconds(whole), note=note),
        Row("a whole GraphQL request, inside a branch", seconds(scoped), note=note),
    ]


async def _stand_in(home: Path, world: World, tops: Sequence[Node]) -> Forest:
    forest = Forest()
    forest.changes[STRUCTURE] = [[]]
    async with embedded.running(home) as engine:
        forest.told = dict(await engine.positions())
    for top in tops:
        part = world.part(top)
        ranges = [{"anchor": each.anchor, "from": each.start, "to": each.end} for each in part.ranges]
        place = {"structure": STRUCTURE, "revision": forest.told[STRUCTURE], "anchors": part.anchors, "ranges": ranges}
        forest.branches[top.document.id] = place
    return forest


async def _taken(client: Client, asked: Sequence[str], tops: Sequence[str | None]) -> float:
    taken: list[float] = []
    for turn in range(ROUNDS + 1):
        for text, within in zip(asked, tops, strict=True):
            variables: dict[str, Any] = {"text": text, "within": within, "first": PAGE}
            began = perf_counter()
            answer = await client.data(ASK, **variables)
            if turn:  # the first one warms up
                taken.append(perf_counter() - began)
            assert len(answer["search"]["nodes"]) <= PAGE
    return median(taken)
