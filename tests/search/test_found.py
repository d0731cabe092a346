"""Words, meaning, and both, through GraphQL."""

from __future__ import annotations

from typing import Any

import pytest
from mediaclay_kernel.errors import Unavailable

from tests.search.support.serving import eventually

SEARCH = """
query($q: String!, $mode: SearchMode, $first: Int, $after: String, $kinds: [String!], $where: String, $within: ID) {
  search(query: $q, mode: $mode, first: $first, after: $after, kinds: $kinds, where: $where, within: $within) {
    nodes { node { id } score highlights { text } } totalCount facets { buckets { value count } } lag
    pageInfo { hasNextPage endCursor }
  }
}"""
LIKE = "query($of: [_Any!]!, $within: ID) { _entities(representations: $of) { ... on Node { similar(first: 3, within: $within) { node { id } } } } }"
NAMES = ["happiness", "joy", "bliss", "delight", "sausage", "car engine", "happiness pill"]


class World:
    def __init__(self, client: Any, forest: Any, structure: str, ids: list[str]) -> None:
        self.client, self.forest, self.structure, self.ids = client, forest, structure, ids

    async def names(self, q: str, **more: Any) -> list[str]:
        return [self.forest.nodes[hit["node"]["id"]]["name"] for hit in (await self.search(q, **more))["nodes"]]

    async def search(self, q: str, **more: Any) -> dict[str, Any]:
        return (await self.client.data(SEARCH, q=q, **more))["search"]


async def is_ready(client: Any, nodes: int) -> bool:
    status = (await client.http.get("/v1/search/status")).json()
    return (status["documents"], status["meaning"]["vectors"], status["lag"]) == (nodes, nodes, 0)


@pytest.fixture
async def world(forest, searching, until):
    structure = forest.plant()
    ids = [
        forest.grow(structure, name, kind="odd" if at % 2 else "even", properties={"rank": at})[0]
        for at, name in enumerate(NAMES)
    ]
    async with searching(forest, embedder="static") as client:
        made = World(client, forest, structure, ids)

        async def ready() -> bool:
            return await is_ready(client, len(NAMES))

        await until(ready)
        yield made


async def test_meaning_finds_what_no_word_says_and_both_put_the_words_first(world):
    assert await world.names("happiness", mode="KEYWORD") == ["happiness", "happiness pill"]
    meant = await world.names("happiness", mode="SEMANTIC")
    assert meant[0] == "happiness"
    assert {"joy", "bliss"} < set(meant)
    assert not {"sausage", "car engine"} & set(meant)
    both = await world.names("happiness", mode="HYBRID")
    assert both[:2] == ["happiness", "happiness pill"]
    assert set(both) == {*meant, "happiness pill"}
    assert await world.names("happiness") == both


async def test_counts_facets_and_pages_are_of_all_that_is_found(world):
    whole = await world.search("happiness", mode="HYBRID")
    assert whole["totalCount"] == len(whole["nodes"]) == sum(b["count"] for b in whole["facets"][0]["buckets"])
    seen, after = [], None
    while True:
        page = await world.search("happiness", mode="HYBRID", first=2, after=after)
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == whole["totalCount"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [hit["node"] for hit in seen] == [hit["node"] for hit in whole["nodes"]]
    scores = [hit["score"] for hit in whole["nodes"]]
    assert scores == sorted(scores, reverse=True)


async def test_kinds_properties_phrases_and_branches_narrow_what_is_meant(world):
    odd = await world.names("happiness", mode="SEMANTIC", kinds=["odd"])
    assert "joy" in odd
    assert set(odd) <= {"joy", "delight"}
    assert await world.names("happiness", mode="SEMANTIC", where="$.rank == 2") == ["bliss"]
    assert await world.names('"joy" happiness', mode="SEMANTIC") == ["joy"]
    world.forest.branches[world.ids[0]] = {"structure": world.structure, "anchors": ["2"], "ranges": []}
    assert await world.names("happiness", within=world.ids[0]) == []
    world.forest.move(world.structure, world.ids[2], anchor=2)

    async def only_bliss() -> bool:
        return await world.names("happiness", mode="SEMANTIC", within=world.ids[0]) == ["bliss"]

    await eventually(only_bliss)


async def test_matches_by_words_go_on_behind_those_that_were_fused(forest, searching, until):
    structure = forest.plant()
    forest.grow(structure, *[f"oak {number}" for number in range(150)], "elm", "beech tree")
    async with searching(forest, embedder="static") as client:
        world = World(client, forest, structure, [])

        async def ready() -> bool:
            return await is_ready(client, 152)

        await until(ready)
        whole = await world.search("oak", mode="HYBRID", first=1000)
        ids = [hit["node"]["id"] for hit in whole["nodes"]]
        assert len(ids) == len(set(ids)) == whole["totalCount"] >= 150
        assert sum(bucket["count"] for bucket in whole["facets"][0]["buckets"]) == whole["totalCount"]
        for size in (7, 60, 120):
            seen, after = [], None
            while True:
                page = await world.search("oak", mode="HYBRID", first=size, after=after)
                seen += [hit["node"]["id"] for hit in page["nodes"]]
                after = page["pageInfo"]["endCursor"]
                if not page["pageInfo"]["hasNextPage"]:
                    break
            assert seen == ids
        scores = [hit["score"] for hit in whole["nodes"]]
        assert scores == sorted(scores, reverse=True)


async def test_a_node_has_others_like_it_and_itself_is_none_of_them(world):
    async def like(of: str, within: str | None = None) -> list[str]:
        found = await world.client.data(LIKE, of=[{"__typename": "Node", "id": of}], within=within)
        return [world.forest.nodes[hit["node"]["id"]]["name"] for hit in found["_entities"][0]["similar"]]

    assert set(await like(world.ids[1])) <= {"happiness", "bliss", "delight", "happiness pill"}
    assert len(await like(world.ids[1])) == 3
    assert await like("00000000-0000-7000-8000-000000000000") == []
    refused = await world.client.send(LIKE, of=[{"__typename": "Node", "id": "nonsense"}])
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_embedder_that_is_away_costs_what_it_alone_would_find(world, monkeypatch):
    async def away(*_: Any) -> Any:
        raise Unavailable("The embedder is away.")

    monkeypatch.setattr(world.client.state.meanings, "_row", away)
    assert await world.names("happiness", mode="HYBRID") == ["happiness", "happiness pill"]
    assert (await world.client.refused(SEARCH, q="happiness", mode="SEMANTIC"))[0] == "UNAVAILABLE"
