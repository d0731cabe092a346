"""Search with a few trees in its index."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mediaclay_kernel.ids import new_id
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_search import subgraph

from tests.parity.support.values import Pools
from tests.parity.support.worlds.pools import MOSTLY_READING, PLAIN, among, cursors
from tests.parity.support.worlds.world import World
from tests.search.support.forest import Forest, served
from tests.search.support.serving import eventually

ALL = '{ search(query: "", first: 1000) { edges { cursor } lag } }'
NAMES = ("red oak", "white oak", "oak <leaf> & acorn", "elm beside an oak", "élan", "oak")
QUERIES = ("oak", "oak", "oak", "", "", "", "oka", "red oak", '"white oak"', '"oak', "OAK -elm", "élan", "nothing at all", "  ", "<leaf>",
           "x" * 1025, " ".join(map(str, range(40))))  # fmt: skip


@asynccontextmanager
async def opened(home: Path) -> AsyncGenerator[World]:
    """Search on a folder of its own, with its index up to date; some of its callers may not read."""
    forest = Forest()
    ids = _grow(forest)
    async with (
        served(forest),
        running(subgraph, load(Settings, home=home), source_url=forest.url) as client,
    ):
        edges = await _indexed(client, len(ids) - len(forest.pruned))
        yield World("search", client, pools_of(ids, edges), with_data=0.25, scopes=MOSTLY_READING)


def _grow(forest: Forest) -> list[str]:
    """Two trees with branches that may be searched, that are hidden, and of which nothing is told; all ids."""
    oaks, elms = forest.plant(), forest.plant()
    ids = [
        *forest.grow(oaks, *NAMES, okey="1/", properties={"note": "turns <red> in autumn", "n": 3}),
        *forest.grow(elms, *NAMES, okey="2/", kind="leaf"),
        *forest.grow(elms, "a pruned oak", anchor=7),
    ]
    forest.pruned = ["7"]
    branches: list[dict[str, Any]] = [
        {"structure": oaks, "anchors": ["1"], "ranges": []},
        {"structure": elms, "anchors": [], "ranges": [{"anchor": "1", "from": "2/", "to": "20"}]},
        {"structure": oaks, "anchors": [], "ranges": []},
        {"code": "FORBIDDEN"}, {"code": "NOT_FOUND"}, {"code": "UNAUTHENTICATED"},
    ]  # fmt: skip
    forest.branches.update(zip(ids, branches, strict=False))
    return ids


async def _indexed(client: Client, count: int) -> list[str]:
    """Waits until all of it is found; the cursors."""
    edges: list[Any] = []

    async def is_found() -> bool:
        found = (await client.data(ALL))["search"]
        edges[:] = found["edges"]
        return (len(edges), found["lag"]) == (count, 0)

    await eventually(is_found)
    return [edge["cursor"] for edge in edges]


def pools_of(ids: list[str], edges: list[str]) -> Pools:
    """Values for the arguments of search: known, hidden, unknown and malformed ones."""
    return {
        **PLAIN,
        "ID": among(*ids[:3] * 6, *ids[3:6], str(new_id()), "nonsense"),
        "query": among(*QUERIES),
        "prefix": among("oa", "red", "o", "", "él", "none", "x" * 1025),
        "kinds": among("tree", "leaf", "none"),
        "where": among("$.n == 3", "$.n == 3", '$.note starts with "t"', "exists($.n)", "$.a.b", "nonsense", ""),
        "mode": among(*["KEYWORD"] * 8, "SEMANTIC", "HYBRID"),
        "after": cursors(edges),
        "_Any": among({"__typename": "Node", "id": ids[0]}, {"__typename": "Principal", "id": ids[0]}, {}),
    }
