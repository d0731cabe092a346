"""The changelog as clients and other subgraphs read it."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from mediaclay_kernel import bus
from mediaclay_kernel.relay import stream_name
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import running, statements
from mediaclay_structure import subgraph

CHANGES = """query($after: Int, $first: Int) {structure(slug: "zoo") {revision changes(after: $after, first: $first) {
    nodes {revision type nodeId node {name} principal {id} actors {id} at} pageInfo {hasNextPage}}}}"""


async def _feed(world: Any, token: str | None = "", **query: Any) -> list[dict[str, Any]]:
    answer = await world.client.http.get(
        f"/v1/structures/{world.structure}/feed.ndjson", params=query, headers=world.client.headers(token)
    )
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


async def test_each_operation_is_one_change_in_order(world: Any) -> None:
    a = await world.create("a")
    b = await world.create("b")
    await world.move(b, a)
    found = (await world.client.data(CHANGES))["structure"]
    assert found["revision"] == 4
    assert [(c["revision"], c["type"], c["nodeId"]) for c in found["changes"]["nodes"]] == [
        (1, "CREATED", world.root), (2, "CREATED", a), (3, "CREATED", b), (4, "MOVED", b),
    ]  # fmt: skip
    assert {c["principal"]["id"] for c in found["changes"]["nodes"]} == {str(world.client.principal)}
    page = (await world.client.data(CHANGES, after=1, first=2))["structure"]["changes"]
    assert [c["revision"] for c in page["nodes"]] == [2, 3]
    assert page["pageInfo"]["hasNextPage"]


async def test_a_node_knows_the_changes_that_named_it_newest_first(world: Any) -> None:
    a, b = await world.create("a"), await world.create("b")
    await world.move(b, a)
    ask = "query($id: ID!, $after: String) {node(id: $id) {history(first: 1, after: $after) {nodes {type} pageInfo {endCursor hasNextPage}}}}"
    first = (await world.client.data(ask, id=b))["node"]["history"]
    rest = (await world.client.data(ask, id=b, after=first["pageInfo"]["endCursor"]))["node"]["history"]
    assert [c["type"] for c in first["nodes"] + rest["nodes"]] == ["MOVED", "CREATED"]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_an_operation_that_fails_leaves_no_gap(world: Any) -> None:
    a = await world.create("a")
    for _ in range(3):
        await world.client.refused(
            "mutation($input: MoveNode!) {moveNode(input: $input) {node {id}}}", input={"id": a, "parent": a}
        )
    await world.create("b")
    found = (await world.client.data(CHANGES))["structure"]["changes"]["nodes"]
    assert [c["revision"] for c in found] == [1, 2, 3]


async def test_the_feed_tells_what_an_index_must_read_again(world: Any) -> None:
    a = await world.create("a", properties={"x": 1})
    b = await world.create("b", a)
    c = await world.create("c")
    await world.move(a, c)
    lines = await _feed(world, after=1)
    assert [(line["revision"], line["type"]) for line in lines] == [
        (2, "CREATED"),
        (3, "CREATED"),
        (4, "CREATED"),
        (5, "MOVED"),
    ]
    assert {node["id"] for node in lines[-1]["nodes"]} == {a, b}
    moved = next(node for node in lines[-1]["nodes"] if node["id"] == b)
    assert moved["okey"].count("/") == 3
    assert lines[0]["nodes"][0]["properties"] == {"x": 1}
    assert lines[0]["gone"] == []
    assert [line["revision"] for line in await _feed(world, after=1, limit=2)] == [2, 3]
    assert await _feed(world, after=5) == []


async def test_the_feed_refuses_what_it_does_not_know(world: Any) -> None:
    for path, code in [
        ("/v1/structures/nonsense/feed.ndjson", "BAD_USER_INPUT"),
        ("/v1/structures/00000000-0000-7000-8000-000000000000/feed.ndjson", "NOT_FOUND"),
        (f"/v1/structures/{world.structure}/feed.ndjson?after=-1", "BAD_USER_INPUT"),
    ]:
        answer = await world.client.http.get(path)
        assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_without_public_reading_nothing_is_shown_to_strangers(database: str) -> None:
    settings = Settings(database_url=database)  # pyright: ignore[reportArgumentType]
    async with running(subgraph, settings) as client:
        await client.data('mutation {createStructure(slug: "zoo", name: "Zoo") {id}}')
        for query in (
            '{structure(slug: "zoo") {id}}',
            '{nodeByPath(structure: "zoo", path: "/") {id}}',
            "{structures {totalCount}}",
        ):
            code, _ = await client.refused(query, token=None)
            assert code == "UNAUTHENTICATED"
            await client.data(query)
        assert (await client.http.get("/v1/structures.ndjson")).status_code == 401


async def test_the_relay_hands_every_change_to_the_bus_in_order(database: str, redis_url: str) -> None:
    settings = Settings(database_url=database, redis_url=redis_url, public_read=True)  # pyright: ignore[reportArgumentType]
    async with bus.connect(redis_url) as listener:
        heard: list[tuple[str, int]] = []

        async def listen() -> None:
            async for message in listener.listen(stream_name("structure")):
                heard.append((message["stream"], int(message["revision"])))

        task = asyncio.create_task(listen())
        await asyncio.sleep(0.2)
        async with running(subgraph, settings) as client:
            made = await client.data('mutation {createStructure(slug: "zoo", name: "Zoo") {id root {id}}}')
            structure = made["createStructure"]["id"]
            given = {"parent": made["createStructure"]["root"]["id"], "kind": "k", "name": "n"}
            create = "mutation($input: CreateNode!) {createNode(input: $input) {node {id}}}"
            for _ in range(20):
                await client.data(create, input=given)
            async with asyncio.timeout(20):
                while (structure, 21) not in heard:
                    await asyncio.sleep(0.02)
        task.cancel()
    assert [revision for stream, revision in heard if stream == structure] == list(range(1, 22))


async def test_many_lists_of_one_level_take_one_statement(world: Any) -> None:
    for name in "abcde":
        parent = await world.create(name)
        for inner in "xyz":
            await world.create(inner, parent)
    with statements(world.client.state.database) as asked:
        answer = await world.client.data(
            "query($id: ID!) {node(id: $id) {children {nodes {name path childCount parent {name} children {nodes {name}}}}}}",
            id=world.root,
        )
    children = answer["node"]["children"]["nodes"]
    assert [len(child["children"]["nodes"]) for child in children] == [3] * 5
    # the node; its children; their paths (two: the line above, the parents), counts, parents and children
    assert len([sql for sql in asked if "pg_notify" not in sql]) == 7  # the relay may be woken meanwhile


async def test_an_update_can_be_undone_by_its_details_even_where_a_member_was_null(world: Any) -> None:
    node = await world.create("Cats", properties={"a": None, "b": {"c": 1, "d": 2}})
    update = "mutation($input: UpdateNode!) {updateNode(input: $input) {change {details}}}"
    answer = await world.client.data(update, input={"id": node, "properties": {"a": 1, "b": {"c": None}}})
    details = answer["updateNode"]["change"]["details"]
    assert details == {
        "before": {"allProperties": {"a": None, "b": {"c": 1, "d": 2}}},
        "after": {"properties": {"a": 1, "b": {"c": None}}},
    }
