"""The benchmarks of reads: what is asked, of what, how an answer is told from another, and what a table says."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from graphql import build_schema, parse, validate
from mediaclay_kernel.settings import Settings, names
from mediaclay_structure.formats.line import NodeLine

from benchmarks import page
from benchmarks.reads import tables
from benchmarks.reads.__main__ import PAGE
from benchmarks.reads.forms import SWITCHES
from benchmarks.reads.keys import chosen, shape
from benchmarks.reads.load import Exchange, WrongAnswer, load, request
from benchmarks.reads.measure import Result, Round
from benchmarks.reads.queries import MERCURIUS, OURS, PLAIN, POSTGRAPHILE, QUERIES, Query
from benchmarks.structure.data.tree import Tree

CONTRACT = Path(__file__).parents[1] / "contracts" / "structure.graphql"
QUERY = Query("node", "one node", "nodes", {OURS: "", PLAIN: "", MERCURIUS: ""}, {PLAIN: 10, MERCURIUS: 1.2})


def grown(*parents: int) -> Tree:
    """A tree of these parents, in document order."""
    lines = [
        NodeLine(
            id=UUID(int=number),
            parent=UUID(int=parent) if parent else None,
            kind="note",
            name="",
            slug="",
            properties={},
        )
        for number, parent in enumerate(parents, 1)
    ]
    tree = Tree("small", UUID(int=0))
    assert len(list(tree.watched(lines))) == len(parents)
    return tree


@asynccontextmanager
async def answering(*pieces: bytes):
    """A server that answers each request with these pieces, one after the other; its port."""

    async def answer(reader, writer):
        try:
            while await reader.read(65536):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("name", ["facts of reads", "reads", "rounds of reads"])
def test_the_page_has_a_place_for_each_table(name):
    assert "NEW" in page.replace(PAGE.read_text(), name, "NEW")


def test_what_tells_our_forms_apart_is_settings_of_the_service():
    assert {name for switches in SWITCHES.values() for name in switches} <= {*names(Settings)}


@pytest.mark.parametrize("query", [query for query in QUERIES if query.keys != "lists"], ids=lambda query: query.name)
def test_our_words_fit_the_contract(query):
    said = orjson.loads(query.body(query.measured, "an id"))
    added = "scalar JSON scalar DateTime type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! }"
    schema = build_schema(CONTRACT.read_text() + added, assume_valid_sdl=True)
    assert validate(schema, parse(said["query"])) == []
    assert said["variables"] == {"id": "an id"}


@pytest.mark.parametrize("query", [query for query in QUERIES if POSTGRAPHILE in query.texts], ids=lambda q: q.name)
def test_postgraphile_is_asked_for_the_same_fields_under_the_same_names(query):
    theirs = query.texts[POSTGRAPHILE]
    said = theirs.replace("node: nodeByRowId(rowId: ", "node(id: ").replace("id: rowId", "id")
    assert said.replace(", orderBy: PLACE_ASC", "").replace("UUID!", "ID!") == query.texts[OURS]


def test_an_answer_counts_a_page_for_each_node_on_each_of_its_levels():
    tree = shape(grown(0, 1, 2, 3, 4, 1))  # 1 > 2 > 3 > 4 > 5, and 6 below 1
    assert [tree.reached(number) for number in (1, 3, 5)] == [4, 2, 0]
    assert shape(grown(0, *[1] * 80)).reached(1) == 50


def test_a_tree_that_lacks_what_is_to_be_measured_is_refused():
    with pytest.raises(ValueError, match="no folders that are wide enough"):
        chosen(grown(0, 1, 1))


async def test_answers_are_counted_whole_however_they_are_cut():
    async with answering(b"HTTP/1.1 200 OK\r\nconte", b"nt-length: 6\r\n\r\nab", b"cdef") as port:
        done = await load(port, [Exchange(request(b"{}", None), 6)], seconds=0.1, connections=2)
    assert 2 <= done.answers <= 2 * 0.2 / 0.001
    assert done.rate == done.answers / done.seconds


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", b"HTTP/1.1 503 Busy\r\ncontent-length: 6\r\n\r\n"]
)
async def test_an_answer_that_was_not_checked_ends_the_run(head):
    async with answering(head + b"abcdef") as port:
        with pytest.raises(WrongAnswer, match="Not the answer that was checked"):
            await load(port, [Exchange(request(b"{}", None), 6)], seconds=5, connections=1)


def test_a_ratio_is_that_of_rounds_and_a_floor_that_is_missed_is_named():
    def rounds(*rates: float) -> list[Round]:
        return [Round(rate, 1000 / rate, 0.1, 0.1) for rate in rates]

    result = Result(QUERY, {OURS: rounds(100, 50, 90), PLAIN: rounds(10, 5, 1), MERCURIUS: rounds(100, 100, 45)})
    assert [result.ratio(form) for form in (PLAIN, MERCURIUS)] == [10, 1]
    assert tables.missed([result]) == ["node: 1.00 times Mercurius, floor 1.2"]
    assert [line.split(" | ")[-4:-1] for line in tables.ratios([result]).splitlines()[2:]] == [
        ["", "", ""], ["10.00 x", ">= 10 x", "yes"], ["1.00 x", ">= 1.2 x", "**no**"],
    ]  # fmt: skip
