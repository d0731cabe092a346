"""Registered kinds: what their schemas and allowed children ask of every write."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_structure.kinds.rule import KindRule
from mediaclay_structure.kinds.schema import check_schema, compiled, violations
from mediaclay_structure.operations.kinds import Kinds

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
