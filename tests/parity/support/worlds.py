"""Real data for generated operations: a small tree with everything in it, and values that name it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from mediaclay_kernel.ids import encode_cursor, new_id
from mediaclay_kernel.testing import Client

from tests.parity.support.generate import Pools

CREATE = "mutation($input: CreateNode!) { createNode(input: $input) { node { id } } }"


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
    cursors = [edge["cursor"] for one in lists for edge in one["edges"]]
    return structure_pools(structure, nodes, cursors)


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
        "structure": structure,
        "name": "animal",
        "schema": {"type": "object"},
        "allowedChildren": ["thing", "é", "animal"],
    }
    await client.data("mutation($input: SetKind!) { setKind(input: $input) { name } }", input=kind)


def structure_pools(structure: str, nodes: list[str], cursors: list[str]) -> Pools:
    """Values for the arguments of structure: known, unknown, pruned and malformed ones."""
    ids = [*nodes[:8], *nodes[:3], nodes[20], str(new_id()), "nonsense", ""]

    def representation(chance: random.Random) -> dict[str, Any]:
        kind = chance.choice(["Node", "Node", "Node", "Structure", "Principal", "Nothing"])
        if kind == "Structure":
            return {
                "__typename": kind,
                **chance.choice([{"id": structure}, {"slug": "zoo"}, {"slug": "no"}, {"id": "x"}]),
            }
        return {"__typename": kind, chance.choice(["id", "id", "id", "key"]): chance.choice(ids)}

    return {
        **_plain(),
        "ID": lambda chance: chance.choice(ids),
        "String": lambda chance: chance.choice(["zoo", "", "Node 1"]),
        "slug": lambda chance: chance.choice(["zoo", "zoo", "empty", "none"]),
        "structure": lambda chance: chance.choice(["zoo", "zoo", "empty", "none"]),
        "path": lambda chance: chance.choice(["/", "/node-0", "/node-0/node-4", "/none", "no path", ""]),
        "first": _counts, "last": _counts,
        "maxDepth": lambda chance: chance.choice([0, 1, 2, 50, -1]),
        "after": _either(cursors), "before": _either(cursors),
        "kinds": lambda chance: chance.choice(["thing", "animal", "none"]),
        "kind": lambda chance: chance.choice(["to2", "to3", "none"]),
        "nameContains": lambda chance: chance.choice(["node", "ünï", "", "%"]),
        "where": lambda chance: chance.choice(["$.n > 3", "$.n == 4 || exists($.x)", "$.", "true"]),
        "pick": lambda chance: chance.choice(["/n", "/~1odd~0key/2/deep", "", "/none/0", "n"]),
        "_Any": representation,
    }  # fmt: skip


def _plain() -> dict[str, Callable[[random.Random], Any]]:
    return {
        "Int": lambda chance: chance.choice([0, 1, 2, 10, -1]),
        "Boolean": lambda chance: chance.random() < 0.5,
        "JSON": lambda chance: chance.choice([{}, {"a": [1]}, None]),
    }


def _counts(chance: random.Random) -> int:
    return chance.choice([0, 1, 2, 3, 5, 5, 1000, 1001, -1])


def _either(cursors: list[str]) -> Callable[[random.Random], Any]:
    bad = ["", "nonsense", encode_cursor(3), encode_cursor("a", "b", "c")]

    def value(chance: random.Random) -> Any:
        return chance.choice(cursors if chance.random() < 0.7 else bad)

    return value


def people_pools(ids: list[str], cursors: list[str]) -> Pools:
    """Values for the arguments of identity."""
    known = [*ids, str(new_id()), "nonsense"]
    return {
        **_plain(),
        "ID": lambda chance: chance.choice(known),
        "String": lambda chance: chance.choice(["", "x"]),
        "first": _counts,
        "after": _either(cursors),
        "_Any": lambda chance: {"__typename": chance.choice(["Principal", "Node"]), "id": chance.choice(known)},
    }
