"""Identity with people and their agents in it."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mediaclay_identity import subgraph
from mediaclay_identity.store import principals
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running

from tests.parity.support.values import Pools
from tests.parity.support.worlds.pools import MOSTLY_READING, PLAIN, among, cursors
from tests.parity.support.worlds.world import World

REGISTER = 'mutation($name: String!) { registerAgent(name: $name, scopes: ["clay.read"]) { principal { id } } }'
DISABLE = "mutation($id: ID!) { disablePrincipal(id: $id) { id } }"
AGENTS = ("Bot", "Bot", "Böt 😀")


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[World]:
    """Identity on a migrated database; its callers are the administrator and nobody."""
    async with running(subgraph, load(Settings, database_url=url)) as client:
        built_in = await principals.built_in(client.state.database.pool, ["administrator"])
        client.principal = built_in["administrator"].id
        yield World("identity", client, await _register(client), 4, (*MOSTLY_READING, "clay.read clay.write"))


async def _register(client: Client) -> Pools:
    made = [await client.data(REGISTER, name=name) for name in AGENTS]
    agents = [each["registerAgent"]["principal"]["id"] for each in made]
    await client.data(DISABLE, id=agents[0])
    page = await client.data("{ principals { edges { cursor } } }")
    return pools_of([*agents, str(client.principal)], [edge["cursor"] for edge in page["principals"]["edges"]])


def pools_of(ids: list[str], edges: list[str]) -> Pools:
    """Values for the arguments of identity: known, unknown and malformed ones."""
    known = [*ids, str(new_id()), "nonsense"]

    def representation(chance: random.Random) -> dict[str, Any]:
        kind = chance.choice([*["Principal"] * 8, "Node"])
        return {"__typename": kind, chance.choice([*["id"] * 7, "key"]): chance.choice(known)}

    return {**PLAIN, "ID": among(*known), "String": among("", "x"), "after": cursors(edges), "_Any": representation}
