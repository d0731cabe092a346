"""The example of a third party's subgraph, with stations in it."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from clay_weather import subgraph
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import running

from tests.parity.support.values import Pools
from tests.parity.support.worlds.pools import MOSTLY_READING, PLAIN, among
from tests.parity.support.worlds.world import World

SET = """mutation ($node: ID!, $latitude: Float!, $longitude: Float!) {
  setStation(node: $node, latitude: $latitude, longitude: $longitude) { id }
}"""
PLACES = ((51.5074, -0.1278), (-0.18, -78.47), (69.65, 18.96), (-90, 0), (0, 180))
DAYS = (
    "2024-06-21",
    "2024-02-29",
    "2024-12-21",
    "2023-03-20",
    "1901-01-01",
    "2099-12-31",
    "1900-12-31",
    "2100-01-01",
    "9999-12-31",
)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[World]:
    """Weather on a migrated database; some of its callers may not read."""
    async with running(subgraph, load(Settings, database_url=url)) as client:
        nodes = [str(new_id()) for _ in PLACES]
        for node, (latitude, longitude) in zip(nodes, PLACES, strict=True):
            await client.data(SET, node=node, latitude=latitude, longitude=longitude)
        yield World("weather", client, pools_of(nodes), scopes=MOSTLY_READING)


def pools_of(nodes: list[str]) -> Pools:
    """Values for the arguments of weather: known, unknown and malformed ones."""
    ids = [*nodes * 3, nodes[0].upper(), str(new_id()), "nonsense", "", 3]

    def representation(chance: random.Random) -> dict[str, Any]:
        kind = chance.choice([*["Node"] * 8, "Weather", "Nothing"])
        return {"__typename": kind, chance.choice([*["id"] * 7, "key"]): chance.choice(ids)}

    return {**PLAIN, "on": among(*DAYS), "_Any": representation}
