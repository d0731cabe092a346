"""Where fields come from: what is derived from a declaration, and what a wrong one is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan import column, path, shows
from mediaclay_kernel.testing import Client

from tests.kernel.support.small import schema


async def test_columns_are_read_from_the_record_under_their_own_name_another_or_by_a_function(small: Client):
    answer = await small.data("{ things(first: 1) { id title shout size } }")
    assert answer == {"things": [{"id": "a", "title": "Thing a", "shout": "THING A", "size": 0}]}


async def test_a_path_is_fetched_once_for_a_whole_level_and_its_arguments(small: Client):
    query = "{ things(first: 3) { near: neighbour { id neighbour { id } } far: neighbour(step: 2) { id } } }"
    answer = await small.data(query)
    assert [thing["near"]["neighbour"]["id"] for thing in answer["things"]] == ["c", "d", "e"]
    assert [thing["far"]["id"] for thing in answer["things"]] == ["c", "d", "e"]
    assert sorted(small.state.calls) == [
        ("neighbours", ["a", "b", "c"]), ("neighbours", ["a", "b", "c"]), ("neighbours", ["b", "c", "d"]),
    ]  # fmt: skip


async def test_no_record_is_null_and_goes_no_further(small: Client):
    answer = await small.data("{ things { neighbour(step: 5) { neighbour { id } } } }")
    assert [thing["neighbour"] for thing in answer["things"]] == [{"neighbour": None}, *[None] * 5]


async def test_a_path_that_answers_too_few_fails_each_record_and_shifts_none(small: Client):
    answer = await small.send("{ things(first: 2) { id tooFew } }")
    assert answer["data"]["things"] == [{"id": "a", "tooFew": None}, {"id": "b", "tooFew": None}]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL", "INTERNAL"]


def test_the_schema_says_what_the_functions_say():
    sdl = str(schema)
    for line in (
        "things(first: Int): [Thing!]!",
        "neighbour(step: Int! = 1): Thing",
        'type Thing @key(fields: "id")',
        'type Place @key(fields: "slug")',
        '  """Its name."""\n  title: String!',
        "shout: String!",
        "tooFew: Int\n",
    ):
        assert line in sdl


@dataclass(frozen=True, slots=True)
class Cat:
    name: str
    colour: str


async def cats(at: Any) -> list[Cat]:
    return []


async def of_cats(at: Any, found: Sequence[Cat]) -> list[int]:
    return [9 for _ in found]


def built(shown: type) -> Schema:
    cats.__annotations__["return"] = list[shown]

    @strawberry.type
    class Query:
        cats: list[shown] = path(cats)  # pyright: ignore[reportInvalidTypeForm]

    return Schema(query=Query)


def test_a_column_that_the_record_lacks_stops_the_start_and_names_the_nearest():
    @strawberry.type
    @shows(Cat)
    class Shown:
        name: str
        color: str
        tint: str = column("colur")
        lives: int = path(of_cats)
        zzz: str

    with pytest.raises(BadUserInput) as caught:
        built(Shown)
    for sentence in (
        "Shown.color: Cat has no color; did you mean colour?",
        "Shown.tint: Cat has no colur; did you mean colour?",
        "Shown.zzz: Cat has no zzz.",
    ):
        assert sentence in caught.value.message
    assert "lives" not in caught.value.message
    assert "Shown.name" not in caught.value.message


def test_a_right_declaration_is_taken():
    @strawberry.type
    @shows(Cat)
    class Shown:
        name: str
        tint: str = column("colour")
        lives: int = path(of_cats)

    assert "tint: String!" in str(built(Shown))
