"""Vectors: made once for each text, kept with the embedder's name, and scanned exactly inside any scope."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mediaclay_kernel.errors import BadUserInput, Unavailable
from mediaclay_kernel.settings import load
from mediaclay_search import meanings
from mediaclay_search.embedders import registry, static
from mediaclay_search.embedders.openai import Endpoint
from mediaclay_search.kinds import digest_of, rule_of
from mediaclay_search.records import EVERYWHERE, Document, Everywhere, Part, Range, Scope
from mediaclay_search.settings import SearchSettings
from mediaclay_search.texts import flattened, told
from mediaclay_search.vectors import Matrix, Place
from mediaclay_search.vectors.rough import Rough
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.search.support.serving import serving

DIMENSIONS = 8


def row(number: int) -> np.ndarray:
    found = np.random.default_rng(number).standard_normal(DIMENSIONS).astype(np.float32)
    return (found / np.linalg.norm(found)).astype(np.float16).astype(np.float32)  # as it is kept


def place(number: int, anchor: int) -> Place:
    return Place(f"n{number:04}", "s", str(anchor), f"{number:04}/")


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "move", "drop"]), st.integers(0, 60), st.integers(1, 4)), max_size=120
)


@settings(deadline=None, max_examples=60)
@given(STEPS)
def test_the_nearest_are_those_of_a_plain_scan_whatever_came_went_and_moved(steps):
    matrix, plain = Matrix(DIMENSIONS), dict[str, tuple[Place, np.ndarray]]()
    for step, number, anchor in steps:
        at = place(number, anchor)
        if step == "put":
            matrix.put([at], row(number)[None])
            plain[at.id] = at, row(number)
        elif step == "move":
            matrix.move([at])
            if at.id in plain:
                plain[at.id] = at, plain[at.id][1]
        else:
            matrix.drop([at.id])
            plain.pop(at.id, None)
    asked = row(999)
    scopes: dict[Scope, Callable[[Place], bool]] = {
        EVERYWHERE: lambda p: True,
        Everywhere(("1", "3")): lambda p: p.anchor not in ("1", "3"),
        (Part("s", ("1", "2")),): lambda p: p.anchor in ("1", "2"),
        (Part("s", ("1",), (Range("2", "0010/", "0040/"),)),): lambda p: p.anchor == "1" or (p.anchor == "2" and "0010/" <= p.okey < "0040/"),
        (Part("t"),): lambda p: False,
    }  # fmt: skip
    for scope, inside in scopes.items():
        expected = sorted(((-float(v @ asked), p.id) for p, v in plain.values() if inside(p)), key=lambda each: each)
        found = matrix.nearest(asked, scope, 7)
        assert [near.id for near in found] == [id_ for _, id_ in expected][:7]
        assert np.allclose([near.score for near in found], [-score for score, _ in expected][:7], atol=1e-5)
    assert len(matrix) == len(plain)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 400), st.integers(1, 40), st.booleans(), st.randoms(use_true_random=False))
def test_the_few_that_bytes_leave_hold_all_of_the_nearest(count, most, is_alike, random):
    made = np.random.default_rng(random.randrange(2**32))
    rows = made.standard_normal((count, 32)).astype(np.float32)
    if is_alike:  # so near each other that bytes hardly tell them apart
        rows = rows[:1] + rows * np.float32(0.003)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[::7] = 0
    rough = Rough(count + 5, 32)
    rough.put(np.arange(count), rows)
    asked = rows[count // 2] if random.random() < 0.5 else made.standard_normal(32).astype(np.float32)
    chosen = np.array(sorted(random.sample(range(count), random.randint(1, count))), np.intp)
    scores = rows[chosen].astype(np.float64) @ asked.astype(np.float64)
    edge = np.sort(scores)[-min(most, len(chosen))]
    assert set(chosen[scores >= edge]) <= set(rough.likely(chosen, asked, most))


def test_bytes_leave_few_of_many():
    rows = np.array([row(number) for number in range(3000)])
    rough = Rough(3000, DIMENSIONS)
    rough.put(np.arange(3000), rows)
    assert len(rough.likely(np.arange(3000), row(999), 5)) < 100


def test_very_many_vectors_come_together_again():
    matrix = Matrix(DIMENSIONS)
    places = [place(number, number % 7) for number in range(5000)]
    matrix.load((at, row(number).astype(np.float16)) for number, at in enumerate(places))
    matrix.put([at._replace(anchor="9") for at in places], np.array([row(n) for n in range(5000)]))
    found = matrix.nearest(row(1234), (Part("s", ("9",)),), 1)
    assert found[0].id == "n1234"
    assert matrix.nearest(row(1234), (Part("s", ("1",)),), 1) == []


class Counting:
    """An embedder that counts what it is asked; the first letter of a text decides."""

    def __init__(self, id_: str = "counting", dimensions: int = 26) -> None:
        self.id, self.dimensions = id_, dimensions
        self.asked: list[str] = []
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        await self.gate.wait()
        if self.away:
            raise Unavailable("The embedder is away.")
        self.asked += texts
        return np.eye(self.dimensions, dtype=np.float32)[[ord(text[0]) - ord("a") for text in texts]]


def node(id_: str, meaning: str, anchor: str = "1") -> Document:
    return Document(id_, "s", anchor, f"{id_}/", "k", id_, "", (), meaning)


@asynccontextmanager
async def at_work(home: Any, embedder: Any, earlier: Any = None) -> AsyncGenerator[meanings.Meanings]:
    async with meanings.running(home, embedder, lambda id_: earlier if earlier and earlier.id == id_ else None) as made:
        work = asyncio.create_task(made.work())
        try:
            yield made
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def nearest(made: meanings.Meanings, text: str) -> list[str]:
    return [near.id for near in await made.nearest(text, EVERYWHERE, 10) if near.score > 0.5]


async def test_a_text_is_embedded_when_it_changes_and_only_then_whatever_process(tmp_path, until):
    first, second = Counting(), Counting()
    async with at_work(tmp_path, first) as made:
        await made.upsert([node("1", "apple"), node("2", "berry"), node("3", " ")])
        await until(lambda: len(first.asked) == 2)
        await made.upsert([node("1", "apple", "2"), node("2", "cherry")])
        await until(lambda: first.asked[2:] == ["cherry"])

        async def right() -> bool:
            return await nearest(made, "coconut") == ["2"]

        await until(right)
        assert (await made.nearest("apple", (Part("s", ("2",)),), 10))[0].id == "1"
        assert await nearest(made, "berry") == []
        first.asked.clear()
    async with at_work(tmp_path, second) as made:
        assert await nearest(made, "apple") == ["1"]
        await made.upsert([node("1", "apple", "3")])
        await made.upsert([node("1", " "), node("4", "date")])
        await until(lambda: "date" in second.asked)
        assert [text for text in second.asked if text != "apple"] == ["date"]
        assert await nearest(made, "apple") == []
        await made.delete_fragments("s", ["1"])
        assert (await made.standing()).vectors == 0


async def test_an_embedder_that_is_away_is_asked_again_and_the_text_waits(tmp_path, until, monkeypatch):
    monkeypatch.setattr(meanings, "AGAIN", 0.05)
    embedder = Counting()
    embedder.away = True
    async with at_work(tmp_path, embedder) as made:
        await made.upsert([node("1", "apple")])

        async def failed() -> bool:
            return (await made.standing()).failures > 1

        await until(failed)
        assert (await made.standing()).waiting == 1
        embedder.away = False

        async def done() -> bool:
            return (await made.standing()).waiting == 0

        await until(done)
        assert await nearest(made, "apple") == ["1"]


async def test_while_another_embedder_makes_its_vectors_those_of_the_earlier_one_serve(tmp_path, until):
    old, new = Counting("old"), Counting("new", 30)
    async with at_work(tmp_path, old) as made:
        await made.upsert([node("1", "apple"), node("2", "berry")])
        await until(lambda: _is_done(made))
    new.gate.clear()
    async with at_work(tmp_path, new, old) as made:
        assert await nearest(made, "apple") == ["1"]
        assert (await made.standing()).waiting == 2
        assert new.asked == []
        new.gate.set()

        async def served() -> bool:
            await made.nearest("avocado", EVERYWHERE, 1)
            return "avocado" in new.asked

        await until(served)
        assert await nearest(made, "apple") == ["1"]
        assert (await made.standing()).vectors == 2
        await until(lambda: _has_forgotten(made, "old"))
    again = Counting("old")
    again.gate.clear()
    async with at_work(tmp_path, again, new) as made:  # and back again: the old ones were removed
        assert (await made.standing()).vectors == 0


async def _is_done(made: meanings.Meanings) -> bool:
    return (await made.standing()).vectors == 2


async def _has_forgotten(made: meanings.Meanings, embedder: str) -> bool:
    return await made._stored(lambda: made._store.count(embedder)) == 0


def test_the_embedded_table_knows_what_is_alike():
    rows = static.installed().encode(["happiness", "joy", "a state of bliss", "a car engine", "", "東京"])
    likeness = rows @ rows[0]
    assert likeness[1] > 0.4 > 0.25 > likeness[3]
    assert likeness[2] > likeness[3]
    assert np.allclose(np.linalg.norm(rows[:4], axis=1), 1, atol=1e-5)
    assert not rows[4].any()


@asynccontextmanager
async def endpoint(answer: Any) -> AsyncGenerator[tuple[Endpoint, list[Any]]]:
    seen: list[Any] = []

    async def embeddings(request: Request) -> Response:
        body = await request.json()
        seen.append((request.headers.get("authorization"), body))
        return answer(body)

    async with (
        serving(Starlette(routes=[Route("/v1/embeddings", embeddings, methods=["POST"])])) as url,
        httpx.AsyncClient() as http,
    ):
        yield Endpoint(http, f"{url}/v1", "some-model", 2, "secret"), seen


async def test_an_endpoint_is_asked_as_openai_documents_it_and_answers_in_any_order():
    def answer(body: Any) -> Response:
        data = [
            {"object": "embedding", "index": at, "embedding": [3.0, 4.0 * at]} for at, _ in enumerate(body["input"])
        ]
        return JSONResponse({"object": "list", "data": data[::-1], "model": body["model"], "usage": {}})

    async with endpoint(answer) as (embedder, seen):
        found = await embedder.embed(["a", ""])
    assert np.allclose(found, [[1, 0], [0.6, 0.8]])
    assert seen == [("Bearer secret", {"model": "some-model", "input": ["a", " "], "encoding_format": "float"})]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (JSONResponse({"error": "x"}, 429), "429"),
        (JSONResponse({"data": [{"index": 0}]}), "can't be read"),
        (Response(b"<html>"), "can't be read"),
        (JSONResponse({"data": [{"index": 0, "embedding": [1.0, 2.0, 3.0]}]}), "CLAY_SEARCH_EMBEDDER_DIMENSIONS"),
    ],
)
async def test_what_an_endpoint_may_answer_instead_is_unavailable(answer: Response, says: str):
    def same(_: Any) -> Response:
        return answer

    async with endpoint(same) as (embedder, _):
        with pytest.raises(Unavailable, match=says):
            await embedder.embed(["a"])


async def test_settings_choose_the_embedder_and_its_id_brings_it_back():
    async with httpx.AsyncClient() as http:
        own = load(
            SearchSettings, embedder="openai", embedder_url="http://h/v1/", embedder_model="m", embedder_dimensions=3
        )
        made = registry.wanted(own, http)
        assert made is not None
        assert made.id == "openai:m:3@http://h/v1"
        again = registry.of_id(made.id, load(SearchSettings), http)
        assert again is not None
        assert (again.id, again.dimensions) == (made.id, 3)
        assert registry.wanted(load(SearchSettings, embedder="none"), http) is None
        assert registry.of_id("unknown", own, http) is None
        with pytest.raises(BadUserInput, match="CLAY_SEARCH_EMBEDDER_URL"):
            registry.wanted(load(SearchSettings, embedder="openai"), http)


def test_a_kind_says_what_of_its_nodes_counts():
    schema = {
        "properties": {"a": {}, "b": {}},
        "x-search": {"name": False, "properties": ["/a", "/b/0/c"], "path": True},
    }
    rule = rule_of(schema)
    assert (rule.name, rule.path, rule.filters) == (False, True, {"a", "b"})
    assert flattened({"a": "one", "b": [{"c": "two"}], "d": "no"}, rule.properties) == "one\ntwo"
    assert told("/red-list/birds", "", "finch\nn00001") == "red list birds\nfinch"
    assert (
        digest_of({"k": rule})
        != digest_of({})
        == digest_of({"k": rule_of({})})
        == digest_of({"k": rule_of("nonsense")})
    )
    assert rule_of({"x-search": {"properties": "nonsense", "name": None}}).properties is None


async def test_a_kind_that_says_something_else_has_its_nodes_read_again(forest, searching, until):
    oaks = forest.plant()
    [one] = forest.grow(oaks, "red oak", kind="tree", properties={"note": "autumn", "secret": "hidden", "price": 3})
    looked = orjson.dumps(forest.nodes[one])
    ask = "query($q: String!, $where: String) { search(query: $q, where: $where) { totalCount lag } }"

    async def found(client: Any, query: str, where: str | None = None) -> int:
        return (await client.data(ask, q=query, where=where))["search"]["totalCount"]

    async with searching(forest) as client:
        await until(lambda: _is(client, found, "hidden", 1))
        assert await found(client, "", "$.price == 3") == 1
        schema = {"properties": {"note": {"type": "string"}}, "x-search": {"properties": ["/note"]}}
        forest.set_kind(oaks, "tree", schema)
        await until(lambda: _is(client, found, "hidden", 0))
        assert await found(client, "autumn") == 1
        assert await found(client, "", "$.price == 3") == 0
    assert orjson.dumps(forest.nodes[one]) == looked
    assert sum(after == 0 for _, after in forest.asked) == 2


async def _is(client: Any, found: Any, query: str, count: int) -> bool:
    return await found(client, query) == count
