"""A path that may answer at once with all that is selected below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
import strawberry
from graphql import get_operation_ast, parse
from graphql.execution.values import get_variable_values
from mediaclay_kernel.errors import NotFound
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan import Answering, Finished, nothing, path, shows
from mediaclay_kernel.plan.planner import Planned, Planner
from mediaclay_kernel.plan.run import Outcome
from mediaclay_kernel.plan.shapes import Entities, Field
from orjson import Fragment, dumps, loads


class Word(NamedTuple):
    id: str
    text: str


WORDS = {text[0]: Word(text[0], text) for text in ("apple", "bread", "xylem")}
ASKED: list[str] = []
READ = "query ($id: String!) { word(id: $id) { text } }"


async def by_id(at: Any, ids: Sequence[str]) -> list[Word | None]:
    ASKED.append("path")
    return [WORDS.get(each) for each in ids]


async def word(at: Any, *, id: str) -> Word | None:
    return (await by_id(at, [id]))[0]


async def themselves(at: Any, words: Sequence[Word]) -> list[Word | None]:
    return await by_id(at, [each.id for each in words])


async def all_words(at: Any) -> list[Word]:
    return list(WORDS.values())


def answered(own: str) -> Any:
    """In capitals, so that one sees which way it came; of `x` an error."""
    if own == "x":
        return NotFound("Not for you.")
    return Fragment(dumps({"text": WORDS[own].text.upper()})) if own in WORDS else None


def at_once(field: Field) -> Answering | None:
    """Knows nothing but texts; leaves `later` to the paths when it comes, and breaks at `broken`."""
    if {each.name for shape in field.shapes.values() for each in shape} != {"text"}:
        return None

    async def answering(_: Any, records: Sequence[Any], variables: Any, collect: bool) -> Finished | None:
        ids = [variables.coerced["id"] if each is None else getattr(each, "id", each) for each in records]
        if "broken" in ids:
            raise NotFound("Broken.")
        if "later" in ids:
            return None
        ASKED.append("at once")
        return Finished([answered(each) for each in ids], ids if collect else None)

    return answering


@strawberry.federation.type(keys=["id"], name="Word")
@shows(Word, reference=by_id, cache_tags=nothing, whole=at_once)
class WordType:
    id: str
    text: str
    itself: WordType | None = path(themselves, cache_tags=nothing, whole=at_once)
    surely: WordType = path(themselves, cache_tags=nothing, whole=at_once)


@strawberry.type
class Query:
    word: WordType | None = path(word, cache_tags=nothing, whole=at_once)
    words: list[WordType | None] = path(all_words, cache_tags=nothing)


schema = Schema(query=Query)
PLANNER = Planner(schema, Entities(schema.entities), admit=1)


@pytest.fixture(autouse=True)
def _forget():
    ASKED.clear()


async def run(document: str, *, collect: bool = False, at_once: bool = True, **variables: Any) -> Outcome:
    found = PLANNER.find(document, None, variables)
    assert isinstance(found, Planned), found
    return await found.plan.run(None, found.variables, collect=collect, at_once=at_once)


def data(outcome: Outcome) -> Any:
    return loads(dumps(outcome.data))


def errors(outcome: Outcome) -> list[tuple[str, Any]]:
    return [(error.message, error.path) for error in outcome.errors]


async def test_what_is_finished_goes_out_as_it_is():
    outcome = await run(READ, id="a")
    assert (data(outcome), outcome.errors, outcome.wholes) == ({"word": {"text": "APPLE"}}, (), 1)
    assert data(await run(READ, id="none")) == {"word": None}
    assert ASKED == ["at once", "at once"]


@pytest.mark.parametrize("selected", ["text id", "itself { text }"])
async def test_a_selection_that_it_does_not_know_goes_by_the_path(selected: str):
    outcome = await run("query ($id: String!) { word(id: $id) { " + selected + " } }", id="a")
    shown = data(outcome)["word"]
    assert shown == ({"text": "apple", "id": "a"} if "id" in shown else {"itself": {"text": "APPLE"}})
    assert ASKED[0] == "path"


async def test_a_run_can_be_left_to_the_path():
    assert data(await run(READ, id="later")) == {"word": None}
    assert data(await run(READ, id="a", at_once=False)) == {"word": {"text": "apple"}}
    assert ASKED == ["path", "path"]


async def test_an_exception_fails_its_own_record_alone():
    outcome = await run("{ words { itself { text } } }")
    assert data(outcome) == {"words": [{"itself": {"text": "APPLE"}}, {"itself": {"text": "BREAD"}}, {"itself": None}]}
    assert errors(outcome) == [("Not for you.", ["words", 2, "itself"])]


async def test_a_null_goes_up_from_where_it_must_not_be():
    outcome = await run("{ words { surely { text } } }")
    assert data(outcome) == {"words": [{"surely": {"text": "APPLE"}}, {"surely": {"text": "BREAD"}}, None]}
    assert errors(outcome) == [("Not for you.", ["words", 2, "surely"])]


async def test_what_breaks_is_an_error_of_the_field():
    outcome = await run(READ, id="broken")
    assert (data(outcome), errors(outcome)) == ({"word": None}, [("Broken.", ["word"])])


async def test_entities_are_answered_one_by_one():
    document = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Word { text } } }"
    of = [{"__typename": name, "id": own} for name, own in (("Word", "b"), ("Else", "b"), ("Word", "n"), ("Word", "x"))]
    outcome = await run(document, of=of)
    assert data(outcome) == {"_entities": [{"text": "BREAD"}, None, None, None]}
    assert errors(outcome) == [("Not for you.", ["_entities", 3])]
    assert data(await run(document, of=of, at_once=False))["_entities"][3] == {"text": "xylem"}


async def test_tags_come_with_the_answers():
    assert (await run(READ, id="a", collect=True)).tags == {"a"}
    assert (await run(READ, id="later", collect=True)).tags == frozenset()
    assert (await run(READ, id="x", collect=True)).tags is None


@pytest.mark.parametrize("given", [["1"], [], "1", [None], None, [{"a": 1}], [["1"]], 5])
def test_lists_of_scalars_are_coerced_as_graphql_core_coerces_them(given: Any):
    document = (
        "query ($of: [_Any!]!, $id: String!) { word(id: $id) { id } _entities(representations: $of) { __typename } }"
    )
    found = PLANNER.find(document, None, {"of": given, "id": "a"})
    operation = get_operation_ast(parse(document))
    assert operation is not None
    expected = get_variable_values(schema._schema, operation.variable_definitions or (), {"of": given, "id": "a"})
    if isinstance(found, str):
        assert isinstance(expected, list)
    else:
        assert not isinstance(expected, list)
        assert found.variables.coerced == expected.coerced
        assert [(k, v.value) for k, v in found.variables.sources.items()] == [
            (k, v.value) for k, v in expected.sources.items()
        ]
