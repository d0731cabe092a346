"""Many operations as one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

APPLY = """mutation($structure: ID!, $operations: [Operation!]!, $expected: Int) {
    apply(structure: $structure, operations: $operations, expectedRevision: $expected) {
        revision changes {revision type nodeId details node {path}}}}"""


async def _apply(world: Any, *operations: dict[str, Any], expected: int | None = None) -> dict[str, Any]:
    given = {"structure": world.structure, "operations": operations, "expected": expected}
    return (await world.client.data(APPLY, **given))["apply"]


async def _refused(world: Any, *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"structure": world.structure, "operations": operations, **more}
    [error] = (await world.client.send(APPLY, **given))["errors"]
    return error["extensions"]


def _create(parent: str, name: str, **more: Any) -> dict[str, Any]:
    return {"create": {"parent": parent, "kind": "thing", "name": name, **more}}


async def test_later_operations_name_what_earlier_ones_made(world: Any) -> None:
    dogs = await world.create("Dogs")
    cats, lions = str(uuid4()), str(uuid4())

    payload = await _apply(
        world,
        _create(world.root, "Cats", id=cats),
        _create(cats, "Lions", id=lions),
        {"move": {"id": dogs, "parent": cats, "place": {"at": "FIRST"}}},
        {"update": {"id": lions, "properties": {"loud": True}}},
        {"link": {"source": lions, "target": dogs, "kind": "hunts"}},
        {"prune": {"id": dogs}},
        {"restore": {"id": dogs}},
        {"clone": {"id": cats, "parent": world.root, "name": "More cats"}},
        expected=2,
    )

    assert payload["revision"] == 10
    assert [change["revision"] for change in payload["changes"]] == list(range(3, 11))
    types = ["CREATED", "CREATED", "MOVED", "UPDATED", "LINKED", "PRUNED", "RESTORED", "CLONED"]
    assert [change["type"] for change in payload["changes"]] == types
    assert [change["details"]["apply"]["index"] for change in payload["changes"]] == list(range(8))
    assert await world.names() == ["Cats", "More cats"]
    assert await world.names(cats) == ["Dogs", "Lions"]


async def test_all_of_it_or_nothing(world: Any) -> None:
    dogs = await world.create("Dogs")
    told = await _refused(world, _create(world.root, "Cats"), {"move": {"id": dogs, "parent": dogs}})
    assert told == {"code": "CYCLE", "operation": 1}
    assert await world.names() == ["Dogs"]
    assert await world.revision() == 2


async def test_another_revision_than_the_expected_one_is_a_conflict(world: Any) -> None:
    told = await _refused(world, _create(world.root, "Cats"), expected=7)
    assert told == {"code": "CONFLICT", "currentRevision": 1}
    assert await world.names() == []


async def test_a_repeat_is_answered_with_the_first_result(world: Any) -> None:
    cats = str(uuid4())
    dogs = await world.create("Dogs")
    asked = [_create(world.root, "Cats", id=cats), {"move": {"id": dogs, "parent": cats}}]
    first = await _apply(world, *asked, expected=2)
    await world.create("Apes")

    assert await _apply(world, *asked, expected=2) == first
    assert await world.revision() == 5
    other = [_create(world.root, "Tigers", id=cats), {"move": {"id": dogs, "parent": cats}}]
    assert (await _refused(world, *other))["code"] == "CONFLICT"


async def test_a_node_of_another_structure_is_refused(world: Any) -> None:
    other = await world.client.data('mutation {createStructure(slug: "farm", name: "Farm") {root {id}}}')
    told = await _refused(world, _create(other["createStructure"]["root"]["id"], "Cows"))
    assert told["code"] == "BAD_USER_INPUT"
    assert (await world.client.data('{structure(slug: "farm") {nodeCount}}'))["structure"]["nodeCount"] == 1


async def test_an_operation_is_exactly_one(world: Any) -> None:
    two = {**_create(world.root, "Cats"), "prune": {"id": world.root}}
    for operation in ({}, two, {"prune": None}):
        assert (await _refused(world, operation))["code"] == "BAD_USER_INPUT"
    assert (await _refused(world))["code"] == "BAD_USER_INPUT"
    assert (await _refused(world, *[_create(world.root, "Cats")] * 1001))["code"] == "LIMIT_EXCEEDED"
    assert await world.names() == []


async def test_a_thousand_operations_are_one_transaction(world: Any) -> None:
    ids = [str(uuid4()) for _ in range(1000)]
    parents = [world.root, *ids]
    payload = await _apply(world, *(_create(parents[n // 3], f"n{n}", id=ids[n]) for n in range(1000)))
    assert payload["revision"] == 1001
    assert payload["changes"][-1]["node"]["path"].endswith("/n999")


async def test_nobody_applies_without_the_right_to_write(world: Any) -> None:
    given = {"structure": world.structure, "operations": [_create(world.root, "Cats")]}
    assert (await world.client.refused(APPLY, token=None, **given))[0] == "UNAUTHENTICATED"
    assert await world.names() == []
