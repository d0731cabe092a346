"""Taking branches away, bringing them back, and the end of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from mediaclay_kernel import database as databases
from mediaclay_kernel.changelog import Changelog
from mediaclay_structure.operations.create_structure import BOUND
from mediaclay_structure.purging import purge
from mediaclay_structure.state import State
from mediaclay_structure.store import pruning

from tests.structure.invariants import broken

PRUNE = """mutation($input: PruneNode!) {
    pruneNode(input: $input) {node {id} change {revision type nodeId details node {id}}}}"""
RESTORE = """mutation($input: RestoreNode!) {
    restoreNode(input: $input) {node {id path version} change {type details}}}"""
DELETE = "mutation($id: ID!) {deleteStructure(id: $id)}"
NODE = "query($id: ID!) {node(id: $id) {path}}"
COUNT = '{structure(slug: "zoo") {nodeCount revision}}'


@pytest.fixture
async def state(database: str) -> AsyncIterator[State]:
    async with databases.connect(database, "structure") as pool:
        yield State(pool, Changelog(pool, "structure"), None)


async def _prune(world: Any, node: str, **more: Any) -> dict[str, Any]:
    return (await world.client.data(PRUNE, input={"id": node, **more}))["pruneNode"]


async def _restore(world: Any, node: str, **more: Any) -> dict[str, Any]:
    return (await world.client.data(RESTORE, input={"id": node, **more}))["restoreNode"]


async def _refused(world: Any, query: str, **variables: Any) -> str:
    return (await world.client.refused(query, **variables))[0]


async def _path(world: Any, node: str) -> str | None:
    found = (await world.client.data(NODE, id=node))["node"]
    return found and found["path"]


async def test_a_pruned_branch_is_nowhere_to_be_found(world: Any, state: State) -> None:
    cats = await world.create("Cats")
    lions = await world.create("Lions", cats)
    dogs = await world.create("Dogs")

    payload = await _prune(world, cats)

    assert payload["node"] is None
    assert payload["change"]["type"] == "PRUNED"
    assert payload["change"]["node"] is None
    assert payload["change"]["details"]["nodes"] == 2
    assert [await _path(world, node) for node in (cats, lions, dogs)] == [None, None, "/dogs"]
    assert await world.names() == ["Dogs"]
    assert (await world.client.data(COUNT))["structure"]["nodeCount"] == 2
    assert await _refused(world, RENAME, id=lions) == "NOT_FOUND"
    assert await broken(state.database.pool, UUID(world.structure)) == []


RENAME = 'mutation($id: ID!) {updateNode(input: {id: $id, name: "X"}) {node {id}}}'


async def test_a_restored_branch_is_as_it_was(world: Any, state: State) -> None:
    names = ["Apes", "Cats", "Dogs"]
    ids = {name: await world.create(name) for name in names}
    lions = await world.create("Lions", ids["Cats"])
    await _prune(world, ids["Cats"])

    payload = await _restore(world, ids["Cats"])

    assert payload["node"] == {"id": ids["Cats"], "path": "/cats", "version": 3}
    assert payload["change"]["type"] == "RESTORED"
    assert await world.names() == names
    assert await _path(world, lions) == "/cats/lions"
    assert await broken(state.database.pool, UUID(world.structure)) == []


async def test_a_restored_node_gives_way_to_a_slug_and_a_place_that_were_taken_meanwhile(world: Any) -> None:
    await world.create("Apes")
    cats = await world.create("Cats")
    await _prune(world, cats)
    await world.create("Cats")

    assert (await _restore(world, cats))["node"]["path"] == "/cats-2"
    found = await world.client.data("query($id: ID!) {node(id: $id) {children {nodes {slug}}}}", id=world.root)
    assert [node["slug"] for node in found["node"]["children"]["nodes"]] == ["apes", "cats-2", "cats"]


async def test_a_branch_can_be_restored_below_another_parent(world: Any) -> None:
    cats, dogs = await world.create("Cats"), await world.create("Dogs")
    lions = await world.create("Lions", cats)
    await _prune(world, lions)
    await _prune(world, cats)

    assert await _refused(world, RESTORE, input={"id": lions}) == "CONFLICT"
    assert (await _restore(world, lions, parent=dogs))["node"]["path"] == "/dogs/lions"
    assert (await _restore(world, cats))["node"]["path"] == "/cats"


async def test_a_branch_pruned_out_of_a_pruned_one_stays_pruned_with_its_restore(world: Any) -> None:
    cats = await world.create("Cats")
    lions = await world.create("Lions", cats)
    await _prune(world, lions)
    await _prune(world, cats)

    await _restore(world, cats)

    assert await world.names(cats) == []
    assert (await _restore(world, lions))["node"]["path"] == "/cats/lions"


@pytest.mark.parametrize(
    ("more", "code"), [({"expectedVersion": 7}, "CONFLICT"), ({}, "BAD_USER_INPUT"), ({}, "NOT_FOUND")]
)
async def test_a_refused_prune_changes_nothing(world: Any, more: dict[str, Any], code: str) -> None:
    cats = await world.create("Cats")
    node = {"CONFLICT": cats, "BAD_USER_INPUT": world.root, "NOT_FOUND": str(uuid4())}[code]
    revision = await world.revision()

    assert await _refused(world, PRUNE, input={"id": node, **more}) == code
    assert await world.names() == ["Cats"]
    assert await world.revision() == revision


async def test_what_is_not_pruned_can_not_be_restored(world: Any) -> None:
    cats = await world.create("Cats")
    lions = await world.create("Lions", cats)
    await _prune(world, cats)
    for node in (world.root, lions, str(uuid4())):
        assert await _refused(world, RESTORE, input={"id": node}) == "NOT_FOUND"


async def test_nothing_can_be_put_into_the_trash(world: Any, state: State) -> None:
    cats = await world.create("Cats")
    trash = str(await state.database.pool.fetchval("SELECT trash_id FROM structure"))
    move = "mutation($input: MoveNode!) {moveNode(input: $input) {node {id}}}"
    assert await _refused(world, move, input={"id": cats, "parent": trash}) == "NOT_FOUND"
    assert (await world.client.data(NODE, id=trash))["node"] is None


async def _purge_all(state: State) -> int:
    steps = 0
    while await purge(state, 0):
        steps += 1
    return steps


@pytest.mark.parametrize("bound", [4, BOUND])
async def test_a_purged_branch_is_gone_for_good_and_nothing_else_is(world: Any, state: State, bound: int) -> None:
    await state.database.pool.execute("UPDATE structure SET bound = $1", bound)
    cats = await world.create("Cats")
    parent = cats
    for number in range(20):
        parent = await world.create(f"Deep {number}", parent)
        await world.create("Leaf", parent)
    await world.create("Dogs")
    await _prune(world, cats)

    assert await purge(state, 60) is False  # not yet
    assert await purge(state, 0) is True  # from here on it can't be restored
    assert await _refused(world, RESTORE, input={"id": cats}) == "NOT_FOUND"
    await _purge_all(state)

    assert await state.database.pool.fetchval("SELECT count(*) FROM node") == 3
    assert (await world.client.data(COUNT))["structure"]["nodeCount"] == 2
    last = 'query {structure(slug: "zoo") {changes(first: 1000) {nodes {type nodeId details}}}}'
    change = (await world.client.data(last))["structure"]["changes"]["nodes"][-1]
    assert (change["type"], change["nodeId"], change["details"]["nodes"]) == ("PURGED", cats, 41)
    assert await broken(state.database.pool, UUID(world.structure)) == []


async def test_the_fragments_of_what_is_pruned_are_named_until_indexes_have_heard_of_the_purge(
    world: Any, state: State
) -> None:
    assert await pruning.fragments(state.database.pool) == []
    cats = await world.create("Cats")
    await _prune(world, cats)
    [trash] = await pruning.fragments(state.database.pool)
    assert trash == await state.database.pool.fetchval("SELECT id FROM anchor WHERE gpath = 'z/'")
    await _purge_all(state)
    assert await pruning.fragments(state.database.pool) == []


async def test_a_deleted_structure_is_gone_at_once_and_its_rows_soon(world: Any, state: State) -> None:
    cats = await world.create("Cats")
    dogs = await world.create("Dogs")
    await _prune(world, dogs)

    assert await world.client.data(DELETE, id=world.structure) == {"deleteStructure": True}

    assert (await world.client.data('{structure(slug: "zoo") {id}}'))["structure"] is None
    assert await _path(world, cats) is None
    assert await _refused(world, RESTORE, input={"id": dogs}) == "NOT_FOUND"
    assert await _refused(world, RESTORE, input={"id": world.root}) == "NOT_FOUND"
    assert await _refused(world, DELETE, id=world.structure) == "NOT_FOUND"
    again = await world.client.data('mutation {createStructure(slug: "zoo", name: "Zoo") {nodeCount}}')
    assert again["createStructure"]["nodeCount"] == 1

    while await purge(state, 3600):
        pass
    for table in ("node", "anchor", "pruned", "changelog", "changelog_head"):
        column = "stream" if table.startswith("changelog") else "structure_id"
        left = await state.database.pool.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column} = $1", UUID(world.structure)
        )
        assert (table, left) == (table, 2 if table == "pruned" else 0)


async def test_a_branch_does_not_come_back_where_its_nodes_do_not_fit_a_kind_that_was_set_meanwhile(
    world: Any, state: State
) -> None:
    cats = await world.create("Cats")
    lions = await world.create("Lions", cats, kind="animal", properties={"legs": 4})
    await _prune(world, cats)
    kind = "mutation($input: SetKind!) {setKind(input: $input) {name}}"
    demanding = {"type": "object", "required": ["diet"]}
    await world.client.data(kind, input={"structure": world.structure, "name": "animal", "schema": demanding})

    [error] = (await world.client.send(RESTORE, input={"id": cats}))["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert [node["path"] for node in error["extensions"]["nodes"]] == ["/cats/lions"]
    assert await world.names() == []
    await world.client.data(kind, input={"structure": world.structure, "name": "animal", "schema": {}})
    assert (await _restore(world, cats))["node"]["path"] == "/cats"
    assert await _path(world, lions) == "/cats/lions"
    assert await broken(state.database.pool, UUID(world.structure)) == []
