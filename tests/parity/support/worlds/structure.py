"""Structure with a small tree in it that has everything, and values that name it."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mediaclay_kernel.ids import new_id
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph

from tests.parity.support.runs import COUNT
from tests.parity.support.values import Pools
from tests.parity.support.worlds.pools import PLAIN, among, cursors
from tests.parity.support.worlds.world import World

PREDICATES = (
    "$.n > 3", "$.n == 4 || exists($.x)", 'exists($."/odd~key"[*] ? (@.deep == "x"))', "!($.n > 3)", "true", "$.", "$.n",
)  # fmt: skip
CREATE = "mutation($input: CreateNode!) { createNode(input: $input) { node { id } } }"


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[World]:
    """Structure on a migrated database, with reading public."""
    async with running(subgraph, load(Settings, database_url=url, public_read=True)) as client:
        client.state.prepared.most = 10 * COUNT  # or soon nothing more would be answered at once
        yield World("structure", client, await plant(client), at_once=0.05)


async def plant(client: Client) -> Pools:
    """A structure with nodes of several kinds, links, a history and pruned branches."""
    made = await client.data('mutation { createStructure(slug: "zoo", name: "Zoo") { id root { id } } }')
    structure, root = made["createStructure"]["id"], made["createStructure"]["root"]["id"]
    await client.data('mutation { createStructure(slug: "empty", name: "Empty") { id } }')
    await client.state.database.pool.execute("UPDATE structure SET is_public = true")
    nodes = [root]
    for number in range(40):
        properties = {"n": number, "/odd~key": [number, None, {"deep": "x"}]} if number % 3 else {}
        given = {
            "parent": nodes[number // 4], "kind": ["thing", "animal", "é"][number % 3], "name": f"Node {number}",
            "properties": properties,
        }  # fmt: skip
        nodes.append((await client.data(CREATE, input=given))["createNode"]["node"]["id"])
    await _change(client, structure, nodes)
    edges = "query($id: ID!) { node(id: $id) { children(first: 5) { edges { cursor } } descendants(first: 5) { edges { cursor } } history { edges { cursor } } links { edges { cursor } } } }"
    lists = (await client.data(edges, id=nodes[1]))["node"].values()
    return pools_of(structure, nodes, [edge["cursor"] for one in lists for edge in one["edges"]])


async def _change(client: Client, structure: str, nodes: list[str]) -> None:
    link = "mutation($input: LinkNodes!) { linkNodes(input: $input) { link { id } } }"
    for source, target in ((1, 2), (1, 3), (2, 1), (5, 5)):
        await client.data(link, input={"source": nodes[source], "target": nodes[target], "kind": f"to{target}"})
    for node in nodes[1:6]:
        await client.data(
            "mutation($input: UpdateNode!) { updateNode(input: $input) { node { id } } }",
            input={"id": node, "name": "Ünï"},
        )
    await client.data(
        "mutation($input: MoveNode!) { moveNode(input: $input) { node { id } } }",
        input={"id": nodes[9], "parent": nodes[1]},
    )
    for node in (nodes[20], nodes[3]):
        await client.data(
            "mutation($input: PruneNode!) { pruneNode(input: $input) { change { revision } } }", input={"id": node}
        )
    kind = {
        "structure": structure, "name": "animal", "schema": {"type": "object"},
        "allowedChildren": ["thing", "é", "animal"],
    }  # fmt: skip
    await client.data("mutation($input: SetKind!) { setKind(input: $input) { name } }", input=kind)


def pools_of(structure: str, nodes: list[str], edges: list[str]) -> Pools:
    """Values for the arguments of structure: known, unknown, pruned and malformed ones."""
    ids = [*nodes[:8], *nodes[:3], nodes[20], str(new_id()), "nonsense", ""]

    def representation(chance: random.Random) -> dict[str, Any]:
        kind = chance.choice(["Node", "Node", "Node", "Structure", "Principal", "Nothing"])
        if kind == "Structure":
            key = chance.choice([{"id": structure}, {"slug": "zoo"}, {"slug": "no"}, {"id": "x"}])
            return {"__typename": kind, **key}
        return {"__typename": kind, chance.choice(["id", "id", "id", "key"]): chance.choice(ids)}

    return {
        **PLAIN,
        "ID": among(*ids),
        "String": among("zoo", "", "Node 1"),
        "slug": among("zoo", "zoo", "empty", "none"),
        "structure": among("zoo", "zoo", "empty", "none"),
        "path": among("/", "/node-0", "/node-0/node-4", "/none", "no path", ""),
        "maxDepth": among(0, 1, 2, 50, -1),
        "after": cursors(edges),
        "before": cursors(edges),
        "after: Int": among(0, 1, 5, 60, 10**6, -1),
        "kinds": among("thing", "animal", "é", "none"),
        "kind": among("to2", "to3", "none"),
        "nameContains": among("node", "ünï", "", "%"),
        "where": among(*PREDICATES),
        "pick": among("/n", "/~1odd~0key/2/deep", "", "/none/0", "n"),
        "_Any": representation,
    }
