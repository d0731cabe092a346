"""The subgraph as a router sees it."""

from __future__ import annotations

from typing import Any

from mediaclay_kernel.database import connect
from mediaclay_kernel.migrations import KERNEL, migrate, pending
from mediaclay_structure import subgraph, tables
from sqlalchemy import Table

ENTITIES = """query($r: [_Any!]!) {_entities(representations: $r) {
    __typename ... on Node {name} ... on Structure {slug}}}"""


async def test_entities_are_found_item_by_item(world: Any) -> None:
    a = await world.create("a")
    answer = await world.client.send(
        ENTITIES,
        r=[
            {"__typename": "Node", "id": a},
            {"__typename": "Node", "id": "00000000-0000-7000-8000-000000000000"},
            {"__typename": "Structure", "slug": "zoo"},
            {"__typename": "Structure", "id": world.structure},
            {"__typename": "Node"},
            {"__typename": "Weather", "id": "1"},
            {"__typename": "Node", "id": "nonsense"},
        ],
    )
    node, zoo = {"__typename": "Node", "name": "a"}, {"__typename": "Structure", "slug": "zoo"}
    assert answer["data"]["_entities"] == [node, None, zoo, zoo, None, None, None]
    assert [(e["path"], e["extensions"]["code"]) for e in answer["errors"]] == [(["_entities", 4], "BAD_USER_INPUT")]


async def test_at_most_1000_entities_are_asked_for(world: Any) -> None:
    code, message = await world.client.refused(ENTITIES, r=[{"__typename": "Node", "id": "1"}] * 1001)
    assert (code, message) == ("LIMIT_EXCEEDED", "At most 1000 entities can be asked for at once.")


async def test_a_list_of_ids_keeps_its_order(world: Any) -> None:
    a, b = await world.create("a"), await world.create("b")
    ask = "query($ids: [ID!]!) {nodes(ids: $ids) {name}}"
    answer = await world.client.data(ask, ids=[b, "nonsense", a, b])
    assert answer["nodes"] == [{"name": "b"}, None, {"name": "a"}, {"name": "b"}]
    code, _ = await world.client.refused(ask, ids=[a] * 1001)
    assert code == "LIMIT_EXCEEDED"


async def test_a_path_finds_its_node(world: Any) -> None:
    a = await world.create("Tiere & Pflanzen")
    b = await world.create("Äpfel", a)
    ask = 'query($path: String!) {nodeByPath(structure: "zoo", path: $path) {id}}'
    assert (await world.client.data(ask, path="/tiere-pflanzen/äpfel"))["nodeByPath"] == {"id": b}
    assert (await world.client.data(ask, path="/"))["nodeByPath"] == {"id": world.root}
    assert (await world.client.data(ask, path="/nowhere"))["nodeByPath"] is None
    assert (await world.client.refused(ask, path="a"))[0] == "BAD_USER_INPUT"


async def test_a_branch_is_told_as_fragments_and_a_range(world: Any) -> None:
    a = await world.create("a")
    b = await world.create("b", a)
    ask = "query($id: ID!) {branchScope(id: $id) {structure revision anchors ranges {anchor from to}}}"
    whole = (await world.client.data(ask, id=world.root))["branchScope"]
    assert (whole["structure"], whole["revision"], whole["ranges"]) == (world.structure, 3, [])
    part = (await world.client.data(ask, id=b))["branchScope"]
    assert part["anchors"] == []
    assert part["ranges"] == [{"anchor": whole["anchors"][0], "from": "A/A/", "to": "A/A0"}]
    assert (await world.client.data(ask, id="nonsense"))["branchScope"] is None


async def test_pick_takes_what_json_pointers_name(world: Any) -> None:
    node = await world.create("x", properties={"a": {"b/c": [10, 20]}, "d": 1})
    ask = "query($id: ID!, $pick: [String!]) {node(id: $id) {properties(pick: $pick)}}"
    answer = await world.client.data(ask, id=node, pick=["/a/b~1c/1", "/d", "/none"])
    assert answer["node"]["properties"] == {"/a/b~1c/1": 20, "/d": 1}
    assert (await world.client.refused(ask, id=node, pick=["d"]))[0] == "BAD_USER_INPUT"


async def test_the_tables_are_those_that_the_migrations_make(database: str) -> None:
    async with connect(database, "structure") as db:
        rows = await db.pool.fetch(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'structure'"
        )
    made: dict[str, set[str]] = {}
    for row in rows:
        made.setdefault(row["table_name"], set()).add(row["column_name"])
    known: list[Table] = list(tables.metadata.tables.values())
    assert {table.name: {column.name for column in table.columns} for table in known} == {
        table.name: made[table.name] for table in known
    }


async def test_migrations_are_applied_once(database: str) -> None:
    package = subgraph.migrations
    assert package is not None
    assert await pending(database, "structure", package) == []
    assert await migrate(database, "structure", package) == []
    made = await migrate(database, "other", package)
    assert {m.package for m in made} == {KERNEL, package}
