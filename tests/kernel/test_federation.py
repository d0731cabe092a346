"""Entities: one call for each type, and a bad one costs its own item alone."""

from typing import Any

from mediaclay_kernel.testing import Client

ENTITIES = """query($of: [_Any!]!) { _entities(representations: $of) {
    __typename ... on Thing { id title } ... on Place { slug } } }"""


def thing(key: Any) -> dict[str, Any]:
    return {"__typename": "Thing", "id": key}


async def test_they_come_in_the_order_asked_by_one_call_for_each_type(small: Client):
    asked = [thing("b"), {"__typename": "Place", "slug": "X"}, thing("a"), thing("none"), thing("b")]
    answer = await small.send(ENTITIES, of=asked)
    b, a = ({"__typename": "Thing", "id": name, "title": f"Thing {name}"} for name in "ba")
    assert answer["data"]["_entities"] == [b, None, a, None, b]
    assert sorted(small.state.calls) == [("places", ["x"]), ("things", ["b", "a", "none", "b"])]
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["_entities", 1], "UNAVAILABLE")


async def test_each_bad_one_fails_at_its_own_place(small: Client):
    asked = [
        thing("a"), thing("hidden"), thing("broken"), {"__typename": "Thing"}, {"__typename": "Elsewhere", "id": "1"},
        {"id": "a"}, {"__typename": "Place", "slug": 7}, {"__typename": "Query"}, {"__typename": 5, "id": "a"}, thing("c"),
    ]  # fmt: skip
    answer = await small.send(ENTITIES, of=asked)
    assert [each and each["id"] for each in answer["data"]["_entities"]] == ["a", *[None] * 8, "c"]
    errors = {error["path"][1]: (error["extensions"]["code"], error["message"]) for error in answer["errors"]}
    assert errors == {
        1: ("NOT_FOUND", "Not for you."),
        2: ("INTERNAL", "Something went wrong inside."),
        3: ("BAD_USER_INPUT", "A representation of Thing lacks its key."),
        6: ("BAD_USER_INPUT", "A representation of Place lacks its key."),
    }
    assert small.state.calls == [("things", ["a", "hidden", "broken", "c"])]


async def test_a_thousand_are_answered_and_one_more_is_refused_before_anything_is_fetched(small: Client):
    answer = await small.data(ENTITIES, of=[thing("a")] * 1000)
    assert len(answer["_entities"]) == 1000
    small.state.calls.clear()
    answer = await small.send(ENTITIES, of=[thing("a")] * 1001)
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 1000}
    assert "1000" in error["message"]
    assert small.state.calls == []


async def test_none_is_an_answer_too(small: Client):
    assert await small.data(ENTITIES, of=[]) == {"_entities": []}
    assert small.state.calls == []
