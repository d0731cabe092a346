"""Registered kinds: what their schemas and allowed children ask of every write."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_kernel.principal import Principal, Scope
from mediaclay_structure.kinds.rule import KindRule
from mediaclay_structure.kinds.schema import check_schema, compiled, violations
from mediaclay_structure.operations.commands import CreateNode, UpdateNode
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.operations.update_node import update_node

BOOK = {
    "type": "object", "required": ["title"],
    "properties": {"title": {"type": "string"}, "price": {"minimum": 0}, "a/b": {"items": {"type": "integer"}}},
}  # fmt: skip


def _kinds(schema: Any, allowed: list[str] | None = None) -> Kinds:
    return Kinds([KindRule("book", check_schema(schema), allowed)])


def _doubling(levels: int, leaf: Any) -> dict[str, Any]:
    """A schema of a few lines that looks 2^levels times at one value."""
    parts: dict[str, Any] = {
        f"a{i}": {"anyOf": [{"$ref": f"#/$defs/a{i + 1}"}, {"$ref": f"#/$defs/a{i + 1}"}]} for i in range(levels)
    }
    return {"$ref": "#/$defs/a0", "$defs": {**parts, f"a{levels}": leaf}}


def test_what_does_not_fit_is_named_by_pointers():
    with pytest.raises(BadUserInput) as refused:
        _kinds(BOOK).check("book", {"price": -1, "a/b": [1, "x"]})
    assert refused.value.details["violations"] == [
        {"pointer": "", "message": '"title" is a required property'},
        {"pointer": "/price", "message": "-1 is less than the minimum of 0"},
        {"pointer": "/a~1b/1", "message": '"x" is not of type "integer"'},
    ]
    assert refused.value.message == (
        "The properties don't fit the kind 'book': \"title\" is a required property (and 2 more)"
    )


def test_what_fits_passes_and_what_is_not_registered_allows_everything():
    kinds = _kinds(BOOK, ["page"])
    kinds.check("book", {"title": "x", "price": 3, "more": None})
    kinds.check("stone", {"title": 5})
    kinds.check_child("book", "page")
    kinds.check_child("stone", "anything")
    with pytest.raises(BadUserInput, match="A node of the kind 'book' takes no children of the kind 'stone'"):
        kinds.check_child("book", "stone")
    with pytest.raises(BadUserInput):
        _kinds({}, []).check_child("book", "page")
    _kinds({}, None).check_child("book", "page")


@pytest.mark.parametrize(
    ("schema", "pointer", "message"),
    [
        (5, "", "The schema must be a JSON object."),
        ({"type": "objekt"}, "/type", "The schema is not valid at /type: \"objekt\" is not valid under any of the schemas listed in the 'anyOf' keyword"),
        ({"properties": {"a/b": {"minimum": "x"}}}, "/properties/a~1b/minimum", "The schema is not valid at /properties/a~1b/minimum: \"x\" is not of type \"number\""),
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "/properties/a/pattern", "The schema is not valid at /properties/a/pattern: \"(?=a)b\" is not a \"regex\""),
        ({"properties": {"a": {"pattern": "(a)\\1"}}}, "/properties/a/pattern", "The schema is not valid at /properties/a/pattern: \"(a)\\\\1\" is not a \"regex\""),
        ({"title": "\0"}, "", "The schema holds a NUL character, which PostgreSQL can't keep."),
        ({"properties": {"a": {"$id": "http://x.example/a", "type": "string"}}}, "", "Only the schema as a whole may have an $id."),
    ],
)  # fmt: skip
def test_a_bad_schema_is_refused_where_it_is_set(schema: Any, pointer: str, message: str):
    with pytest.raises(BadUserInput) as refused:
        check_schema(schema)
    assert (refused.value.details, refused.value.message) == ({"pointer": pointer}, message)


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/x.json", "file:///etc/hostname", "other.json", "#/nowhere"])
def test_a_reference_to_elsewhere_is_never_fetched(target: str):
    with pytest.raises(BadUserInput, match="The schema refers to what is not in it, and nothing is fetched"):
        check_schema({"$id": "http://127.0.0.1:9/top.json", "properties": {"a": {"$ref": target}}})


def test_a_meta_schema_may_be_referred_to():
    validator = compiled(check_schema({"$ref": "https://json-schema.org/draft/2020-12/schema"}))
    assert violations(validator, {"type": "object"}) == []
    assert [each["pointer"] for each in violations(validator, {"type": 5})] == ["/type"]


def test_a_schema_says_which_draft_it_is_in():
    seventh = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    assert violations(compiled(check_schema(seventh)), [1]) == [
        {"pointer": "/0", "message": '1 is not of type "string"'}
    ]
    with pytest.raises(BadUserInput):
        check_schema({"items": [{"type": "string"}]})  # 2020-12 says prefixItems
    with pytest.raises(BadUserInput):
        check_schema({"$schema": "http://schemas.example/own"})


def test_formats_are_checked():
    validator = compiled(check_schema({"properties": {"at": {"format": "date"}, "x": {"format": "of-my-own"}}}))
    assert violations(validator, {"at": "2026-02-28", "x": "y"}) == []
    assert violations(validator, {"at": "2026-02-30"}) == [
        {"pointer": "/at", "message": '"2026-02-30" is not a "date"'}
    ]


def test_a_pattern_that_hangs_other_engines_ends():
    validator = compiled(check_schema({"properties": {"a": {"pattern": "^(a+)+$"}}}))
    [found] = violations(validator, {"a": "a" * 200_000 + "b"})
    assert found["pointer"] == "/a"
    assert len(found["message"]) == 200


def test_at_most_20_violations_are_named():
    validator = compiled(check_schema({"items": {"type": "string"}}))
    assert len(violations(validator, list(range(100)))) == 20


@pytest.mark.parametrize(
    "schema",
    [
        _doubling(30, {"type": "object"}),
        {"allOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}}}]},
        {"anyOf": [{"properties": {"a": {"$ref": "#"}}}, {"additionalProperties": {"$ref": "#"}}]},
        {"oneOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}, "minItems": 2}]},
        {"$id": "http://x.example/t", "allOf": [{"properties": {"a": {"$ref": "http://x.example/t"}}},
                                                {"properties": {"a": {"$ref": "t#"}}}]},
        {"$defs": {"t": {"$anchor": "t", "anyOf": [{"properties": {"b": {"$ref": "#t"}}},
                                                   {"not": {"properties": {"b": {"$dynamicRef": "#t"}}}}]}},
         "$ref": "#t"},
        {"anyOf": [{"properties": {f"p{n}": {"$ref": "#"}}} for n in range(900)]},
        {"prefixItems": [{"anyOf": [{"$ref": "#"}] * 50}] * 50},
    ],
)  # fmt: skip
def test_a_schema_whose_references_multiply_is_refused(schema: dict[str, Any]):
    with pytest.raises(BadUserInput, match="The schema's references multiply"):
        check_schema(schema)


@pytest.mark.parametrize(
    "schema",
    [
        _doubling(7, {"type": "object"}),
        {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}, "additionalProperties": {"$ref": "#"}},
        {"$defs": {"x": {"properties": {"c": {"$ref": "#"}}}, "y": {"properties": {"c": {"$ref": "#"}}}},
         "properties": {"a": {"$ref": "#/$defs/x"}, "b": {"$ref": "#/$defs/y"}}},
        {"properties": {"children": {"items": {"$ref": "#"}}}, "required": ["children"]},
        {"prefixItems": [{"$ref": "#"}] * 50, "items": {"$ref": "#"}},
        {"additionalProperties": {"$ref": "#"}, "items": {"$ref": "#"}},
        {"anyOf": [{"$ref": "#"}, {"type": "object"}]},
        {"definitions": {"": {"a/b": [{"type": "string"}]}}, "$ref": "#/definitions//a~1b/0"},
        {"x": {"own": {"properties": {"a": {"items": {"$ref": "#/x/own"}}}}}, "not": {"$ref": "#/x/own"}},
        {"anyOf": [{"properties": {f"{p}{n}": {"type": "string"} for p in "abc"}} for n in range(200)]},
        {"anyOf": [{"const": number} for number in range(500)]},
        {"properties": {f"p{number}": {"type": "string"} for number in range(1000)}},
    ],
)  # fmt: skip
def test_a_schema_that_only_refers_to_itself_is_taken(schema: dict[str, Any]):
    assert json.loads(check_schema(schema)) == schema


def test_a_schema_has_a_size():
    with pytest.raises(LimitExceeded, match="A schema takes at most 64 KB"):
        check_schema({"description": "x" * 65_536})
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"not": deep}
    with pytest.raises(BadUserInput):
        check_schema(deep)


SET = """mutation($input: SetKind!) {setKind(input: $input) {name schema allowedChildren description}}"""
KINDS = '{structure(slug: "zoo") {kinds {name schema allowedChildren description}}}'
CHANGES = '{structure(slug: "zoo") {changes(first: 1000) {nodes {type nodeId details}}}}'
UPDATE = "mutation($input: UpdateNode!) {updateNode(input: $input) {node {kind properties version}}}"
MOVE = "mutation($input: MoveNode!) {moveNode(input: $input) {node {path}}}"
CREATE = "mutation($input: CreateNode!) {createNode(input: $input) {node {id}}}"


async def _set(world: Any, name: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    given = {"structure": world.structure, "name": name, "schema": {} if schema is None else schema, **more}
    return (await world.client.data(SET, input=given))["setKind"]


async def _refused(world: Any, query: str, **given: Any) -> dict[str, Any]:
    """The extensions and the message of the one error; nothing has changed."""
    before = await world.revision()
    answer = await world.client.send(query, input=given)
    [error] = answer["errors"]
    assert await world.revision() == before
    return {**error["extensions"], "message": error["message"]}


async def test_a_kind_is_registered_and_changed_by_setting_it_again(world: Any) -> None:
    first = await _set(world, "book", BOOK, allowedChildren=["page", "page", "note"], description="To read")
    assert first == {
        "name": "book", "schema": BOOK, "allowedChildren": ["page", "note"], "description": "To read",
    }  # fmt: skip
    assert (await world.client.data(KINDS))["structure"]["kinds"] == [first]

    second = await _set(world, "book")

    assert second == {"name": "book", "schema": {}, "allowedChildren": None, "description": None}
    assert (await world.client.data(KINDS))["structure"]["kinds"] == [second]
    told = (await world.client.data(CHANGES))["structure"]["changes"]["nodes"][1:]
    said = {"schema": BOOK, "allowedChildren": ["page", "note"], "description": "To read"}
    empty = {"schema": {}, "allowedChildren": None, "description": None}
    assert told == [
        {"type": "KIND_SET", "nodeId": world.root, "details": {"name": "book", "before": None, "after": said}},
        {"type": "KIND_SET", "nodeId": world.root, "details": {"name": "book", "before": said, "after": empty}},
    ]


async def test_setting_what_is_set_already_changes_nothing(world: Any) -> None:
    once = await _set(world, "book", {"properties": {"a": {"const": 1}, "b": {}}}, allowedChildren=[])
    before = await world.revision()
    assert await _set(world, "book", {"properties": {"b": {}, "a": {"const": 1}}}, allowedChildren=[]) == once
    assert await world.revision() == before
    await _set(world, "book", {"properties": {"b": {}, "a": {"const": True}}}, allowedChildren=[])
    await _set(world, "book", {"properties": {"b": {}, "a": {"const": True}}})  # null is any, [] none
    assert await world.revision() == before + 2


async def test_the_example_of_the_guide_works(world: Any) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "kinds-and-links.md").read_text()
    example = guide.split("```graphql\n")[1].split("```")[0].replace("01a2…", world.structure)
    assert await world.client.data(example) == {"setKind": {"name": "book"}}
    refused = await _refused(world, CREATE, parent=world.root, kind="book", name="x")
    told = json.loads(guide.split("```json\n")[1].split("```")[0])
    assert refused == {**told["extensions"], "message": told["message"]}


async def test_a_new_node_must_fit_its_kind(world: Any) -> None:
    await _set(world, "book", BOOK)
    given = {"parent": world.root, "kind": "book", "name": "x", "properties": {"title": 5}}
    refused = await _refused(world, CREATE, **given)
    assert refused["code"] == "BAD_USER_INPUT"
    assert refused["violations"] == [{"pointer": "/title", "message": '5 is not of type "string"'}]
    assert await world.names() == []
    await world.create("good", kind="book", properties={"title": "Good"})
    await world.create("free", kind="leaflet", properties={"title": 5})
    assert await world.names() == ["good", "free"]


async def test_a_changed_node_must_fit_its_kind(world: Any) -> None:
    await _set(world, "book", BOOK)
    book = await world.create("x", kind="book", properties={"title": "X"})
    stone = await world.create("y", kind="stone", properties={"title": 5})

    for given in ({"id": book, "properties": {"title": None}}, {"id": stone, "kind": "book"}):
        refused = await _refused(world, UPDATE, **given)
        assert refused["code"] == "BAD_USER_INPUT"
        assert len(refused["violations"]) == 1

    given = {"id": stone, "kind": "book", "properties": {"title": "Y"}}
    changed = (await world.client.data(UPDATE, input=given))["updateNode"]["node"]
    assert changed == {"kind": "book", "properties": {"title": "Y"}, "version": 2}
    assert (await world.client.data(UPDATE, input={"id": stone, "name": "Z"}))["updateNode"]["node"]["version"] == 3


async def test_a_kind_says_which_children_it_takes(world: Any) -> None:
    await _set(world, "shelf", allowedChildren=["book"])
    await _set(world, "leaf", allowedChildren=[])
    shelf, leaf = await world.create("shelf", kind="shelf"), await world.create("leaf", kind="leaf")
    book = await world.create("book", shelf, kind="book")
    stone = await world.create("stone", kind="stone")
    no_stone = "A node of the kind 'shelf' takes no children of the kind 'stone'."

    assert (await _refused(world, CREATE, parent=shelf, kind="stone", name="x"))["message"] == no_stone
    assert (await _refused(world, MOVE, id=stone, parent=shelf))["message"] == no_stone
    assert (await _refused(world, UPDATE, id=book, kind="stone"))["message"] == no_stone
    no_book = "A node of the kind 'leaf' takes no children of the kind 'book'."
    assert (await _refused(world, MOVE, id=book, parent=leaf))["message"] == no_book
    assert (await _refused(world, UPDATE, id=shelf, kind="leaf"))["message"] == no_book

    assert await world.names(shelf) == ["book"]
    await world.client.data(UPDATE, input={"id": stone, "kind": "book"})
    await world.move(stone, shelf)
    await world.move(stone, shelf, place={"at": "FIRST"})
    assert await world.names(shelf) == ["stone", "book"]


async def test_the_children_of_the_root_are_those_of_its_kind(world: Any) -> None:
    await _set(world, "root", allowedChildren=["animal"])
    await world.create("dog", kind="animal")
    refused = await _refused(world, CREATE, parent=world.root, kind="stone", name="x")
    assert refused["message"] == "A node of the kind 'root' takes no children of the kind 'stone'."


async def test_a_kind_is_refused_where_its_nodes_do_not_fit_and_says_which(world: Any) -> None:
    shelf = await world.create("Shelf", kind="shelf")
    good = await world.create("Good", shelf, kind="book", properties={"title": "x"})
    bad = await world.create("Bad", shelf, kind="book")
    crowded = await world.create("Crowded", shelf, kind="book", properties={"title": "x"})
    for kind in ("page", "stone", "page"):
        await world.create("x", crowded, kind=kind)
    pruned = await world.create("Pruned", kind="book")
    await world.client.data("mutation($id: ID!) {pruneNode(input: {id: $id}) {change {revision}}}", id=pruned)

    refused = await _refused(world, SET, structure=world.structure, name="book", schema=BOOK, allowedChildren=["page"])

    assert (refused["code"], refused["total"]) == ("BAD_USER_INPUT", 2)
    assert refused["message"].endswith("2 nodes of it don't fit.")
    assert sorted(refused["nodes"], key=lambda each: each["path"]) == [
        {"id": bad, "path": "/shelf/bad",
         "violations": [{"pointer": "", "message": '"title" is a required property'}]},
        {"id": crowded, "path": "/shelf/crowded",
         "violations": [{"pointer": "", "message": "It has a child of the kind 'stone'."}]},
    ]  # fmt: skip
    assert (await world.client.data(KINDS))["structure"]["kinds"] == []

    await world.client.data(UPDATE, input={"id": bad, "properties": {"title": "y"}})
    await _set(world, "book", BOOK, allowedChildren=["page", "stone"])
    assert (await world.client.data(UPDATE, input={"id": good, "name": "n"}))["updateNode"]["node"]["version"] == 2


async def test_a_hundred_of_many_failing_nodes_are_named_and_all_are_counted(world: Any) -> None:
    creates = [
        {"create": {"parent": world.root, "kind": "book", "name": f"b{n}", "properties": {"n": n}}} for n in range(450)
    ]
    apply = "mutation($id: ID!, $do: [Operation!]!) {apply(structure: $id, operations: $do) {revision}}"
    await world.client.data(apply, id=world.structure, do=creates)
    refused = await _refused(
        world, SET, structure=world.structure, name="book", schema={"properties": {"n": {"maximum": 99}}}
    )
    assert refused["total"] == 350
    assert len({each["id"] for each in refused["nodes"]}) == 100
    assert all(each["violations"][0]["pointer"] == "/n" for each in refused["nodes"])


async def test_what_is_no_schema_is_refused_with_its_place(world: Any) -> None:
    refused = await _refused(
        world, SET, structure=world.structure, name="book", schema={"properties": {"a": {"type": "strnig"}}}
    )
    assert (refused["code"], refused["pointer"]) == ("BAD_USER_INPUT", "/properties/a/type")
    refused = await _refused(world, SET, structure=world.root, name="book", schema={})
    assert (refused["code"], refused["message"]) == ("NOT_FOUND", f"There is no structure {world.root}.")
    refused = await _refused(world, SET, structure=world.structure, name=" ", schema={})
    assert refused["message"] == "The kind is empty, or holds a NUL character."
    many = [f"k{number}" for number in range(1001)]
    refused = await _refused(
        world, SET, structure=world.structure, name="book", schema={}, allowedChildren=many
    )  # fmt: skip
    assert (refused["code"], refused["limit"]) == ("LIMIT_EXCEEDED", 1000)


async def test_setting_a_kind_needs_a_token_and_its_scope(world: Any) -> None:
    given = {"structure": world.structure, "name": "book", "schema": {}}
    reader = world.client.issuer.token(scope="clay.read")
    assert (await world.client.refused(SET, token=None, input=given))[0] == "UNAUTHENTICATED"
    assert (await world.client.refused(SET, token=reader, input=given))[0] == "FORBIDDEN"
    assert (await world.client.data(KINDS))["structure"]["kinds"] == []


async def test_no_node_slips_past_a_kind_that_is_set_at_the_same_time(world: Any) -> None:
    """Creates and the kind wait for each other, so either the kind is refused or the later creates are."""

    async def create(number: int) -> bool:
        given = {"parent": world.root, "kind": "book", "name": f"b{number}", "properties": {"n": number}}
        return "errors" not in await world.client.send(CREATE, input=given)

    async def set_kind() -> bool:
        given = {"structure": world.structure, "name": "book", "schema": {"required": ["title"]}}
        return "errors" not in await world.client.send(SET, input=given)

    for start in (0, 10, 20):
        *created, is_set = await asyncio.gather(*(create(start + n) for n in range(8)), set_kind())
        assert is_set is (len(await world.names()) == 0)
        assert all(created) or is_set


async def _statements(world: Any, operation: Any, command: Any) -> list[str]:
    """The statements of one operation inside its transaction."""
    asked: list[str] = []

    def noted(record: Any) -> None:
        asked.append(record.query)

    principal = Principal(id=world.client.principal, scopes=frozenset({Scope.WRITE, Scope.ADMIN}))
    async with world.client.state.changelog.unit_of_work(principal) as work:
        with work.connection.query_logger(noted):
            await operation(work, command)
    return asked


async def test_kinds_cost_a_write_one_statement(world: Any) -> None:
    root = UUID(world.root)
    create = CreateNode(root, "book", "x", slug="first", properties={"title": "x"})
    book = UUID(await world.create("book", kind="book", properties={"title": "x"}))
    free = await _statements(world, create_node, create)
    renamed = await _statements(world, update_node, UpdateNode(book, name="y"))
    changed = await _statements(world, update_node, UpdateNode(book, properties={"title": "y"}))
    await _set(world, "root", allowedChildren=["book"])
    await _set(world, "book", BOOK)

    assert await _statements(world, create_node, replace(create, slug="second")) == free
    assert len([sql for sql in free if "FROM kind" in sql]) == 1
    assert len(changed) == len(renamed) + 1
    assert await _statements(world, update_node, UpdateNode(book, properties={"title": "z"})) == changed
    assert await _statements(world, update_node, UpdateNode(book, name="z")) == renamed
