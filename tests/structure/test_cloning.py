"""Copies of branches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from mediaclay_kernel import database as databases
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.clone_node import clone_node
from mediaclay_structure.operations.commands import CloneNode, CreateNode
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.state import State
from mediaclay_structure.store import nodes, writing
from mediaclay_structure.transactions import run

from tests.structure.invariants import broken

CLONE = """mutation($input: CloneNode!) {
    cloneNode(input: $input) {node {id name path version descendantCount} change {type nodeId revision details}}}"""
BRANCH = """query($id: ID!) {node(id: $id) {descendants(first: 1000) {nodes {
    path kind name slug version properties createdBy {id}}}}}"""
ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))


@pytest.fixture
async def state(database: str) -> AsyncIterator[State]:
    async with databases.connect(database, "structure") as pool:
        yield State(pool, Changelog(pool, "structure"), None)


async def _clone(world: Any, node: str, parent: str, **more: Any) -> dict[str, Any]:
    return (await world.client.data(CLONE, input={"id": node, "parent": parent, **more}))["cloneNode"]


async def _branch(world: Any, node: str) -> list[dict[str, Any]]:
    return (await world.client.data(BRANCH, id=node))["node"]["descendants"]["nodes"]


async def _bushy(world: Any, state: State, bound: int) -> str:
    """A branch of 201 nodes over many fragments."""
    await state.database.pool.execute("UPDATE structure SET bound = $1", bound)
    top = await world.create("Top", properties={"a": [1, {"b": None}]})
    ids = [uuid4() for _ in range(200)]
    lines = [
        NodeLine(id=own, parent=ids[n // 3 - 1] if n >= 3 else UUID(top), kind=f"k{n % 3}", name=f"Node {n}",
                 properties={"n": n})
        for n, own in enumerate(ids)
    ]  # fmt: skip
    await run(state.changelog, ADA, lambda work, _: ingest(work, UUID(top), lines))
    return top


@pytest.mark.parametrize("bound", [4, 16, 64, 1024])
async def test_a_copy_is_like_its_original_in_all_but_its_ids(world: Any, state: State, bound: int) -> None:
    top = await _bushy(world, state, bound)
    other = await world.create("Other")

    payload = await _clone(world, top, other)

    copy = payload["node"]["id"]
    assert payload["node"] == {
        "id": copy, "name": "Top", "path": "/other/top", "version": 1, "descendantCount": 200
    }  # fmt: skip
    assert payload["change"]["type"] == "CLONED"
    assert payload["change"]["nodeId"] == copy
    assert payload["change"]["details"]["source"] == top
    assert payload["change"]["details"]["nodes"] == 201
    original, copied = await _branch(world, top), await _branch(world, copy)
    assert len(original) == 200
    assert [{**node, "path": "/other" + node["path"]} for node in original] == [
        {**node, "createdBy": original[0]["createdBy"]} for node in copied
    ]
    assert await broken(state.database.pool, UUID(world.structure)) == []


@pytest.mark.parametrize("bound", [4, 1024])
async def test_a_branch_can_be_cloned_into_itself(world: Any, state: State, bound: int) -> None:
    top = await _bushy(world, state, bound)
    deep = (await world.client.data('{nodeByPath(structure: "zoo", path: "/top/node-1/node-7") {id}}'))["nodeByPath"]

    payload = await _clone(world, top, deep["id"])

    assert payload["node"]["path"] == "/top/node-1/node-7/top"
    assert payload["node"]["descendantCount"] == 200
    found = await world.client.data("query($id: ID!) {node(id: $id) {descendantCount}}", id=top)
    assert found["node"]["descendantCount"] == 401
    assert await broken(state.database.pool, UUID(world.structure)) == []


async def test_a_copy_has_the_place_and_the_name_that_were_asked_for(world: Any) -> None:
    apes, cats = await world.create("Apes"), await world.create("Cats")
    await world.create("Dogs")
    place = {"at": "BEFORE", "sibling": cats}
    assert (await _clone(world, apes, world.root, name="Lemurs", place=place))["node"]["path"] == "/lemurs"
    assert (await _clone(world, apes, world.root))["node"]["path"] == "/apes-2"
    assert await world.names() == ["Apes", "Lemurs", "Cats", "Dogs", "Apes"]


async def test_a_repeat_with_the_same_id_is_answered_with_the_first_result(world: Any) -> None:
    cats, dogs = await world.create("Cats"), await world.create("Dogs")
    await world.create("Lions", cats)
    new = str(uuid4())
    first = await _clone(world, cats, dogs, newId=new)
    assert first["node"]["id"] == new
    assert await _clone(world, cats, dogs, newId=new) == first
    assert await world.names(dogs) == ["Cats"]
    for given in ({"id": dogs, "parent": cats, "newId": new}, {"id": cats, "parent": dogs, "newId": cats}):
        assert (await world.client.refused(CLONE, input=given))[0] == "CONFLICT"
    assert await world.revision() == 5


async def test_links_within_a_branch_lead_to_the_copies(world: Any, state: State) -> None:
    top = await world.create("Top")
    a, b = await world.create("A", top), await world.create("B", top)
    outside = await world.create("Outside")
    link = "mutation($input: LinkNodes!) {linkNodes(input: $input) {link {id}}}"
    for source, target in ((a, b), (a, outside), (outside, b), (b, b)):
        given = {"source": source, "target": target, "kind": "likes", "properties": {"much": 1}}
        await world.client.data(link, input=given)

    copy = (await _clone(world, top, world.root, name="Copy"))["node"]["id"]

    links = """query($id: ID!) {node(id: $id) {descendants {nodes {name links(direction: BOTH) {
        nodes {source {path} target {path} properties}}}}}}"""
    found = (await world.client.data(links, id=copy))["node"]["descendants"]["nodes"]
    told = {
        node["name"]: {(e["source"]["path"], e["target"]["path"]) for e in node["links"]["nodes"]} for node in found
    }
    assert told == {
        "A": {("/copy/a", "/copy/b"), ("/copy/a", "/outside")},
        "B": {("/copy/a", "/copy/b"), ("/copy/b", "/copy/b")},
    }
    assert await broken(state.database.pool, UUID(world.structure)) == []


async def test_a_refused_clone_leaves_nothing_behind(world: Any, state: State) -> None:
    cats = await world.create("Cats")
    other = await world.client.data('mutation {createStructure(slug: "farm", name: "Farm") {root {id}}}')
    deep = world.root
    for number in range(511):
        deep = await world.create(f"n{number}", deep)
    await world.create("Lions", cats)
    for parent, code in (
        (str(uuid4()), "NOT_FOUND"),
        (other["createStructure"]["root"]["id"], "BAD_USER_INPUT"),
        (deep, "LIMIT_EXCEEDED"),
    ):
        assert (await world.client.refused(CLONE, input={"id": cats, "parent": parent}))[0] == code
    assert await state.database.pool.fetchval("SELECT count(*) FROM node") == 2 * 2 + 1 + 511 + 1
    assert await broken(state.database.pool, UUID(world.structure)) == []


async def test_others_write_while_a_branch_is_copied_and_the_copy_is_as_the_branch_was(
    world: Any, state: State
) -> None:
    top = await _bushy(world, state, 16)
    copied, go_on = asyncio.Event(), asyncio.Event()
    lock = writing.lock_structure

    async def held(db: Any, structure: UUID, *, alone: bool) -> None:
        if asyncio.current_task() is cloning and not copied.is_set():
            copied.set()
            await go_on.wait()
        await lock(db, structure, alone=alone)

    patch = pytest.MonkeyPatch()
    patch.setattr(writing, "lock_structure", held)
    try:
        command = CloneNode(UUID(top), UUID(world.root), name="Copy")
        cloning = asyncio.create_task(run(state.changelog, ADA, lambda work, _: clone_node(work, command)))
        await copied.wait()
        new = CreateNode(UUID(top), "thing", "Late")
        await run(state.changelog, ADA, lambda work, alone: create_node(work, new, alone=alone))
        moved = (await nodes.by_path(state.database.pool, "zoo", ["top", "node-1"])) or pytest.fail("not there")
        await world.move(str(moved.id), world.root)
        go_on.set()
        copy, _ = await cloning
    finally:
        patch.undo()

    assert copy is not None
    found = await world.client.data("query($id: ID!) {node(id: $id) {descendantCount}}", id=str(copy.id))
    assert found["node"]["descendantCount"] == 200
    assert await broken(state.database.pool, UUID(world.structure)) == []
