"""What a path is told of the attributes that its answers will be read for, and the tags that a run collects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
import strawberry
from graphql.execution.values import VariableValues
from mediaclay_kernel.errors import BadUserInput, NotFound
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan import EVERYTHING, Needs, column, nothing, path, shows
from mediaclay_kernel.plan.planner import Planned, Planner
from mediaclay_kernel.plan.run import Outcome
from mediaclay_kernel.plan.shapes import Entities


class Book(NamedTuple):
    id: str
    title: str
    author: str
    text: str = ""

    @property
    def length(self) -> int:
        return len(self.text)


class Shelf(NamedTuple):
    books: list[Book]
    place: str


TOLD: list[tuple[str, Needs]] = []
BOOKS = [Book("1", "One", "a"), Book("2", "Two", "b")]


async def by_id(at: Any, ids: Sequence[str], *, needs: Needs) -> list[Book | None]:
    TOLD.append(("by_id", needs))
    return [next((book for book in BOOKS if book.id == id_), None) for id_ in ids]


async def shelf(at: Any, *, first: int = 2, needs: Needs) -> Shelf:
    TOLD.append(("shelf", needs))
    return Shelf(BOOKS[:first], "here")


async def sequels(at: Any, of: Sequence[Book], *, needs: Needs) -> list[Book | None]:
    TOLD.append(("sequels", needs))
    return [BOOKS[1] if book.id == "1" else None for book in of]


async def reviews(at: Any, of: Sequence[Book]) -> list[int]:
    return [len(book.title) for book in of]


async def hidden(at: Any) -> str | None:
    raise NotFound


def sequel_tags(of: Sequence[Book], answers: Sequence[Book | None], _: Any) -> list[str]:
    return [f"sequel:{book.id}" for book in of] + [f"book:{answer.id}" for answer in answers if answer is not None]


@strawberry.federation.type(keys=["id"])
@shows(Book, reference=by_id, cache_tags=lambda keys, _answers, _arguments: [f"book:{key}" for key in keys])
class BookType:
    id: strawberry.ID
    title: str
    by: str = column("author")
    loud: str = column(lambda book: book.title.upper(), needs=["title"])
    whole: str = column(lambda book: f"{book}")
    length: int
    size: int = column("length", needs=["text"])
    sequel: BookType | None = path(sequels, needs=["id"], cache_tags=sequel_tags)
    reviews: int = path(reviews)


@strawberry.type
@shows(Shelf)
class ShelfType:
    books: list[BookType]
    place: str


@strawberry.type
class Query:
    shelf: ShelfType = path(shelf, cache_tags=lambda _records, _answers, given: [f"shelf:{given['first']}"])
    hidden: str | None = path(hidden, cache_tags=nothing)


schema = Schema(query=Query, types=[BookType])


async def run(document: str, **variables: Any) -> Outcome:
    found = Planner(schema, Entities(schema.entities), admit=1).find(document, None, variables)
    assert isinstance(found, Planned), found
    TOLD.clear()
    return await found.plan.run(None, found.variables, collect=True)


@pytest.mark.parametrize(
    ("selected", "books"),
    [
        ("id", {"id"}),
        ("__typename", set()),
        ("title by", {"title", "author"}),
        ("loud", {"title"}),
        ("a: title ... on BookType { b: title }", {"title"}),
        ("size", {"text"}),
        ("sequel { title by whole }", {"id"}),
        ("whole", None),
        ("length", None),
        ("title reviews", None),
    ],
)
async def test_a_path_is_told_what_is_read_of_its_answers_up_to_the_next_path(selected: str, books: set[str] | None):
    assert (await run("{ shelf { place books { " + selected + " } } }")).errors == ()
    name, needs = TOLD[0]
    assert name == "shelf"
    assert needs.of(Book) == books
    assert needs.of(Shelf) == (None if books is None else {"place", "books"})


async def test_entities_are_told_by_their_type():
    document = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on BookType { title sequel { by } } } }"
    outcome = await run(document, of=[{"__typename": "BookType", "id": id_} for id_ in "12"])
    assert outcome.data == {"_entities": [{"title": "One", "sequel": {"by": "b"}}, {"title": "Two", "sequel": None}]}
    assert [(name, needs.of(Book)) for name, needs in TOLD] == [("by_id", {"title", "id"}), ("sequels", {"author"})]
    assert outcome.tags == {"book:1", "book:2", "sequel:1", "sequel:2"}


async def test_the_ordinary_way_is_told_of_everything():
    TOLD.clear()
    assert (await schema.execute("{ shelf(first: 1) { books { title } } }")).data == {
        "shelf": {"books": [{"title": "One"}]}
    }
    assert TOLD == [("shelf", EVERYTHING)]
    assert "needs" not in str(schema)


async def test_tags_are_those_of_all_paths_and_none_where_one_says_none_or_an_error_was_met():
    assert (await run("{ shelf(first: 1) { books { sequel { id } } } }")).tags == {"shelf:1", "sequel:1", "book:2"}
    assert (await run("{ shelf { books { reviews } } }")).tags is None
    failed = await run("{ hidden shelf { place } }")
    assert (failed.tags, [error.path for error in failed.errors]) == (None, [["hidden"]])


def test_a_plan_knows_the_first_field_without_tags():
    planner = Planner(schema, Entities(schema.entities), admit=1)
    found = [planner.find(text, None, None) for text in ("{ shelf { place } }", "{ shelf { books { id reviews } } }")]
    assert [each.plan.untagged for each in found if isinstance(each, Planned)] == [None, "BookType.reviews"]


@strawberry.type
@shows(Book)
class Wrong:
    shout: str = column(lambda book: book.title, needs=["titel"])
    sequel: int = path(reviews, needs=["id", "autor"])


async def get_wrong(at: Any) -> Book | None:
    return None


@strawberry.type
class WrongQuery:
    wrong: Wrong | None = path(get_wrong)


def test_needs_that_the_record_lacks_stop_the_start():
    with pytest.raises(BadUserInput) as caught:
        Schema(query=WrongQuery)
    for sentence in ("Wrong.shout: Book has no titel; did you mean title?", "Wrong.sequel: Book has no autor; did you"):
        assert sentence in caught.value.message


def test_variables_are_those_of_graphql_core():
    found = Planner(schema, admit=1).find("query ($n: Int = 1) { shelf(first: $n) { place } }", None, {})
    assert isinstance(found, Planned)
    assert isinstance(found.variables, VariableValues)
    assert found.variables.coerced == {"n": 1}
