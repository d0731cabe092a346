"""Standing queries: told when a node begins to match and when it ceases to, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mediaclay_kernel.errors import LimitExceeded, NotFound, Unavailable
from mediaclay_search.consumers import watching
from mediaclay_search.engine.embedded import running
from mediaclay_search.predicates import facts_of, parse
from mediaclay_search.records import Document, Search
from mediaclay_search.standing import Asked, Index, Seen, outlooks

WORDS = st.lists(
    st.sampled_from(["oak", "oaks", "oka", "elm", "elms", "beech", "birch", "beach", "tree", "trees"]), max_size=6
)


def node(name: str, text: str = "", kind: str = "k", **properties: Any) -> Document:
    return Document("a", "s", "1", "", kind, name, text, facts_of(properties))


QUERIES = st.lists(st.tuples(WORDS, st.booleans()), max_size=8)


@given(QUERIES, WORDS, st.data())
def test_an_index_of_queries_finds_those_that_match_a_node_and_no_others(queries, words, data):
    asked = [Asked(f'"{" ".join(each)}"' if is_phrase else " ".join(each)) for each, is_phrase in queries]
    seen = Seen(node(" ".join(words[:2]), " ".join(words[2:])))
    index = Index[int]()
    for name, query in enumerate(asked):
        index.add(name, query, {"oak": 5, "elm": 1, "tree": 100})
    kept = data.draw(st.sets(st.sampled_from(range(len(asked))))) if asked else set[int]()
    for name in set(range(len(asked))) - kept:
        index.remove(name)
    assert names(index, seen) == {name for name in kept if asked[name].matches(seen)}
    for name in kept:
        index.remove(name)
    assert names(index, seen) == set()
    assert len(index) == 0


def names(index: Index[int], seen: Seen) -> set[int]:
    return {name for entry in index.matching(seen) for name in entry.names}


@settings(deadline=None, max_examples=60)
@given(WORDS, WORDS)
async def test_a_query_matches_a_node_where_the_index_finds_it(one_index, asked, words):
    text = " ".join(asked)
    document = node(" ".join(words[:2]), " ".join(words[2:]))
    await one_index.upsert([document])
    await one_index.commit({})
    found = (await one_index.search(Search(text))).total == 1
    assert Asked(text).matches(Seen(document)) == found


@pytest.fixture(scope="module")
async def one_index(tmp_path_factory):
    async with running(tmp_path_factory.mktemp("index")) as engine:
        yield engine


def test_kinds_and_properties_narrow_a_standing_query():
    seen = Seen(node("oak", kind="tree", price=3))
    assert Asked("oak", ("tree",), parse("$.price > 2")).matches(seen)
    assert not Asked("oak", ("leaf",)).matches(seen)
    assert not Asked("oak", None, parse("$.price > 3")).matches(seen)
    assert Asked("").matches(seen)
    assert not Asked("?!").matches(seen)


def test_a_rare_word_is_what_a_query_stands_under():
    index = Index[int]()
    for number in range(1000):
        index.add(number, Asked(f"oak rare{number:04}"), {"oak": 10_000, f"rare{number:04}": 1})
    assert index.candidates(Seen(node("oak"))) == []
    assert names(index, Seen(node("oak rare0007"))) == {7}


def test_kinds_properties_and_phrases_of_one_text_are_queries_of_their_own():
    index = Index[int]()
    where = parse("$.price > 3")
    for number, asked in enumerate(
        [Asked("oak"), Asked("oak"), Asked("oak", ("leaf",)), Asked("oak", None, where), Asked("")]
    ):
        index.add(number, asked, {})
    assert names(index, Seen(node("oak", kind="leaf", price=1))) == {0, 1, 2, 4}
    assert names(index, Seen(node("oak", price=4))) == {0, 1, 3, 4}
    assert len(index.matching(Seen(node("oak")))) == 2


@asynccontextmanager
async def told(client: Any, query: str, within: str | None = None) -> AsyncGenerator[tuple[list[tuple[str, str]], Any]]:
    """What a standing query is told, as it comes."""
    events: list[tuple[str, str]] = []
    asked = await client.state.standing.add(Asked(query), (UUID(within) if within else None, None))

    async def take() -> None:
        async for each in asked.records():
            events.append((each.type.name, each.hit.id))

    task = asyncio.create_task(take())
    await asyncio.sleep(0)
    try:
        yield events, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def world(forest, searching, finds):
    oaks = forest.plant()
    [red] = forest.grow(oaks, "red oak")
    async with searching(forest) as client:
        await finds(client, "oak", [red])
        yield client, oaks, red


async def test_a_node_is_told_when_it_begins_to_match_and_when_it_ceases_to(world, forest, until):
    client, oaks, red = world
    async with told(client, "oak") as (events, _):
        [elm] = forest.grow(oaks, "elm")
        forest.change(oaks, red, name="red oak, still")
        forest.change(oaks, elm, name="oak after all")
        await until(lambda: events == [("MATCHED", elm)])
        forest.fell(oaks, elm)
        forest.change(oaks, red, name="beech")
        await until(lambda: len(events) == 3)
        assert set(events[1:]) == {("UNMATCHED", elm), ("UNMATCHED", red)}


async def test_what_moves_into_a_branch_and_out_of_it_is_told_even_if_nobody_names_it(world, forest, until):
    client, oaks, red = world
    [top] = forest.grow(oaks, "top", anchor=2)
    below = forest.grow(oaks, "oak one", "oak two", anchor=3)
    forest.branches[top] = {"structure": oaks, "anchors": ["2"], "ranges": []}
    async with told(client, "oak", top) as (events, _):
        forest.branches[top] = {"structure": oaks, "anchors": ["2", "3"], "ranges": []}
        forest.move(oaks, top)
        await until(lambda: sorted(events) == sorted(("MATCHED", each) for each in below))
        forest.branches[top] = {"structure": oaks, "anchors": ["2"], "ranges": []}
        forest.move(oaks, top)
        await until(lambda: sorted(events[2:]) == sorted(("UNMATCHED", each) for each in below))
        forest.move(oaks, red, anchor=2)
        await until(lambda: events[4:] == [("MATCHED", red)])


async def test_nothing_outside_of_the_branch_is_told(world, forest, until):
    client, oaks, red = world
    forest.branches[red] = {"structure": oaks, "anchors": ["9"], "ranges": []}
    async with told(client, "oak", red) as (events, _), told(client, "oak") as (all_of_them, _):
        [one] = forest.grow(oaks, "oak", anchor=8)
        [two] = forest.grow(oaks, "oak", anchor=9)
        await until(lambda: len(all_of_them) == 2)
        await asyncio.sleep(0.1)
        assert events == [("MATCHED", two)]
        assert one != two


async def test_all_readers_of_one_query_are_told_until_they_leave(world, forest, until):
    client, oaks, red = world
    forest.branches[red] = {"structure": oaks, "anchors": ["9"], "ranges": []}
    async with told(client, "oak") as (one, _), told(client, "oak", red) as (inside, _):
        async with told(client, "oak") as (two, _):
            [first] = forest.grow(oaks, "oak", anchor=9)
            await until(lambda: one == two == inside == [("MATCHED", first)])
        [second] = forest.grow(oaks, "oak", anchor=8)
        await until(lambda: one == [("MATCHED", first), ("MATCHED", second)])
        assert two == inside == [("MATCHED", first)]
    assert not client.state.standing._queries
    assert len(client.state.standing._index) == 0
    assert [*client.state.standing._outlooks] == []


async def test_what_matched_is_shown_as_a_search_shows_it(world, forest, until):
    client, oaks, _ = world
    asked = await client.state.standing.add(Asked("oka"), (None, None))
    [oak] = forest.grow(oaks, "an <old> Ókay", properties={"note": "of the oka river"})
    event = await anext(aiter(asked.records()))
    assert (event.type.name, event.hit.id, event.hit.score) == ("MATCHED", oak, 1.0)
    page = await client.state.backend.search(Search("oka", only=(oak,)))
    marked = event.hit.highlights()
    assert marked == page.hits[0].highlights()
    assert [each.text for each in marked] == ["an &lt;old&gt; <mark>Ókay</mark>", "of the <mark>oka</mark> river"]


async def test_a_query_ends_when_its_branch_is_gone(world, forest, until):
    client, oaks, red = world
    forest.branches[red] = {"structure": oaks, "anchors": ["1"], "ranges": []}
    async with told(client, "oak", red) as (events, task):
        forest.branches[red] = {"code": "NOT_FOUND"}
        forest.grow(oaks, "oak")
        await until(task.done)
        assert isinstance(task.exception(), NotFound)
        assert events == []


async def test_who_reads_too_slowly_is_told_to_ask_anew(world, forest, until, monkeypatch):
    client, oaks, _ = world
    monkeypatch.setattr(outlooks, "WAITING", 5)
    asked = await client.state.standing.add(Asked("oak"), (None, None))
    forest.grow(oaks, *["oak"] * 10)
    await until(lambda: asked not in client.state.standing._queries)
    events: list[Any] = []

    async def take() -> None:
        async for each in asked.records():
            events.append(each)

    with pytest.raises(Unavailable, match="too slow"):
        await take()
    assert len(events) == 5


async def test_there_is_an_end_to_the_number_of_queries(world, monkeypatch):
    client, _, _ = world
    monkeypatch.setattr(watching, "MOST", 1)
    async with told(client, "oak"):
        with pytest.raises(LimitExceeded):
            await client.state.standing.add(Asked("elm"), (None, None))
