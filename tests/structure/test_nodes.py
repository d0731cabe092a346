"""Creating, changing and moving nodes, as a client sees it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

NODE = """query($id: ID!) {node(id: $id) {
    id kind name slug path depth properties version childCount descendantCount parent {id} ancestors {name}
    structure {slug nodeCount} createdBy {id} createdAt updatedAt}}"""
UPDATE = """mutation($input: UpdateNode!) {
    updateNode(input: $input) {node {name slug kind properties version} change {type details}}}"""


async def test_a_new_node_knows_where_it_is(world: Any) -> None:
    animals = await world.create("Animals")
    dogs = await world.create("Dogs", animals, properties={"legs": 4, "tags": ["a"]}, kind="animal")

    node = (await world.client.data(NODE, id=dogs))["node"]

    assert node["path"] == "/animals/dogs"
    assert node["depth"] == 2
    assert node["properties"] == {"legs": 4, "tags": ["a"]}
    assert [above["name"] for above in node["ancestors"]] == ["Zoo", "Animals"]
    assert node["parent"] == {"id": animals}
    assert node["structure"] == {"slug": "zoo", "nodeCount": 3}
    assert node["createdBy"] == {"id": str(world.client.principal)}
    assert node["version"] == 1
    assert node["childCount"] == node["descendantCount"] == 0


async def test_the_root_is_at_slash(world: Any) -> None:
    node = (await world.client.data(NODE, id=world.root))["node"]
    assert (node["path"], node["depth"], node["ancestors"], node["parent"]) == ("/", 0, [], None)


async def test_children_stand_where_they_were_placed(world: Any) -> None:
    b = await world.create("b")
    await world.create("d")
    await world.create("a", place={"at": "FIRST"})
    await world.create("c", place={"at": "AFTER", "sibling": b})
    await world.create("aa", place={"at": "BEFORE", "sibling": b})
    assert await world.names() == ["a", "aa", "b", "c", "d"]


async def test_namesakes_get_numbered_slugs(world: Any) -> None:
    for _ in range(4):
        await world.create("Same name")
    answer = await world.client.data("query($id: ID!) {node(id: $id) {children {nodes {slug}}}}", id=world.root)
    slugs = [node["slug"] for node in answer["node"]["children"]["nodes"]]
    assert slugs == ["same-name", "same-name-2", "same-name-3", "same-name-4"]


async def test_a_chosen_slug_that_is_taken_is_a_conflict(world: Any) -> None:
    await world.create("x", slug="taken")
    before = await world.revision()
    given = {"parent": world.root, "kind": "thing", "name": "y", "slug": "taken"}
    code, message = await world.client.refused(_create(), input=given)
    assert (code, message) == ("CONFLICT", "A sibling has the slug 'taken' already.")
    assert await world.revision() == before
    assert await world.names() == ["x"]


async def test_a_repeat_with_the_same_id_and_content_changes_nothing(world: Any) -> None:
    given = {"id": str(uuid.uuid4()), "parent": world.root, "kind": "thing", "name": "once", "properties": {"a": 1}}
    first = await world.client.data(_create(), input=given)
    again = await world.client.data(_create(), input=given)
    assert again == first
    assert await world.names() == ["once"]

    code, _ = await world.client.refused(_create(), input={**given, "name": "other"})
    assert code == "CONFLICT"
    assert await world.names() == ["once"]


async def test_an_update_merges_properties_and_counts_the_version(world: Any) -> None:
    node = await world.create("x", properties={"a": 1, "b": {"c": 2, "d": 3}})
    patch = {"a": None, "b": {"c": 5}, "e": [1]}
    answer = await world.client.data(UPDATE, input={"id": node, "name": "y", "properties": patch, "expectedVersion": 1})
    updated = answer["updateNode"]
    assert updated["node"] == {
        "name": "y", "slug": "x", "kind": "thing", "properties": {"b": {"c": 5, "d": 3}, "e": [1]}, "version": 2,
    }  # fmt: skip
    assert updated["change"] == {
        "type": "UPDATED",
        "details": {
            "before": {"name": "x", "properties": {"a": 1, "b": {"c": 2}, "e": None}},
            "after": {"name": "y", "properties": {"a": None, "b": {"c": 5}, "e": [1]}},
        },
    }


async def test_an_update_of_another_version_is_refused(world: Any) -> None:
    node = await world.create("x")
    before = await world.revision()
    code, message = await world.client.refused(UPDATE, input={"id": node, "name": "y", "expectedVersion": 7})
    assert (code, message) == ("CONFLICT", "The node is at version 1, not 7: read it again.")
    assert await world.names() == ["x"]
    assert await world.revision() == before


async def test_a_move_takes_the_branch_along(world: Any) -> None:
    a = await world.create("a")
    b = await world.create("b")
    c = await world.create("c", a)
    d = await world.create("d", c)

    moved = await world.move(c, b)

    assert moved["node"]["path"] == "/b/c"
    assert moved["node"]["version"] == 2
    assert moved["change"]["type"] == "MOVED"
    assert moved["change"]["details"]["nodes"] == 2
    assert moved["change"]["details"]["before"]["parent"] == a
    assert (await world.client.data(NODE, id=d))["node"]["path"] == "/b/c/d"
    assert await world.names(a) == []


async def test_a_branch_can_not_be_moved_into_itself(world: Any) -> None:
    a = await world.create("a")
    b = await world.create("b", a)
    before = await world.revision()
    for target in (a, b):
        code, _ = await world.client.refused(
            "mutation($input: MoveNode!) {moveNode(input: $input) {node {id}}}", input={"id": a, "parent": target}
        )
        assert code == "CYCLE"
    assert await world.revision() == before
    assert (await world.client.data(NODE, id=b))["node"]["path"] == "/a/b"


async def test_the_root_stays(world: Any) -> None:
    a = await world.create("a")
    other = await world.client.data('mutation {createStructure(slug: "farm", name: "Farm") {root {id}}}')
    move = "mutation($input: MoveNode!) {moveNode(input: $input) {node {id}}}"
    code, message = await world.client.refused(move, input={"id": world.root, "parent": a})
    assert (code, message) == ("BAD_USER_INPUT", "The root of a structure can't be moved.")
    there = other["createStructure"]["root"]["id"]
    code, message = await world.client.refused(move, input={"id": a, "parent": there})
    assert (code, message) == ("BAD_USER_INPUT", "The nodes belong to different structures.")


async def test_a_move_within_its_folder_changes_the_order(world: Any) -> None:
    ids = {name: await world.create(name) for name in "abc"}
    await world.move(ids["a"], world.root, place={"at": "AFTER", "sibling": ids["b"]})
    assert await world.names() == ["b", "a", "c"]
    await world.move(ids["c"], world.root, place={"at": "FIRST"})
    assert await world.names() == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"name": "x" * 1025}, "LIMIT_EXCEEDED", "A name has at most 1,024 characters."),
        ({"name": "  "}, "BAD_USER_INPUT", "The name is empty, or holds a NUL character."),
        ({"properties": {"x": "y" * 262_144}}, "LIMIT_EXCEEDED", "Properties take at most 256 KB; these take 256 KB."),
        ({"properties": [1]}, "BAD_USER_INPUT", "The properties must be a JSON object."),
        ({"properties": {"x": "\0"}}, "BAD_USER_INPUT", "The properties hold a NUL character, which PostgreSQL can't keep."),
        ({"parent": "nonsense"}, "BAD_USER_INPUT", "parent is not a UUID: 'nonsense'"),
        ({"parent": "00000000-0000-7000-8000-000000000000"}, "NOT_FOUND", "There is no node 00000000-0000-7000-8000-000000000000."),
        ({"slug": "a/b"}, "BAD_USER_INPUT", "A slug is not empty and holds no '/', no control character and no space around it."),
        ({"place": {"at": "BEFORE"}}, "BAD_USER_INPUT", "BEFORE needs a sibling."),
    ],
)  # fmt: skip
async def test_bad_input_is_refused_and_changes_nothing(
    world: Any, given: dict[str, Any], code: str, message: str
) -> None:
    before = await world.revision()
    full = {"parent": world.root, "kind": "thing", "name": "x", **given}
    assert await world.client.refused(_create(), input=full) == (code, message)
    assert await world.revision() == before
    assert await world.names() == []


async def test_a_tree_ends_at_512_levels(world: Any) -> None:
    node = world.root
    for level in range(512):
        node = await world.create(f"{level}", node)
    given = {"parent": node, "kind": "thing", "name": "too deep"}
    code, message = await world.client.refused(_create(), input=given)
    assert (code, message) == ("LIMIT_EXCEEDED", "A tree has at most 512 levels below its root.")
    side = await world.create("side")
    below = await world.create("below", side)
    top = (await world.client.data(NODE, id=node))["node"]["ancestors"][1]
    assert top["name"] == "0"
    first = (await world.client.data('{nodeByPath(structure: "zoo", path: "/0") {id}}'))["nodeByPath"]["id"]
    code, _ = await world.client.refused(
        "mutation($input: MoveNode!) {moveNode(input: $input) {node {id}}}", input={"id": first, "parent": below}
    )
    assert code == "LIMIT_EXCEEDED"
    assert (await world.client.data(NODE, id=node))["node"]["depth"] == 512


async def test_writing_needs_a_token_and_its_scope(world: Any) -> None:
    before = await world.revision()
    given = {"parent": world.root, "kind": "thing", "name": "x"}
    code, _ = await world.client.refused(_create(), token=None, input=given)
    assert code == "UNAUTHENTICATED"
    reader = world.client.issuer.token(scope="clay.read")
    code, _ = await world.client.refused(_create(), token=reader, input=given)
    assert code == "FORBIDDEN"
    assert await world.revision() == before
    assert (await world.client.data(NODE, token=None, id=world.root))["node"]["name"] == "Zoo"


def _create() -> str:
    return "mutation($input: CreateNode!) {createNode(input: $input) {node {id slug} change {revision}}}"
