"""Nothing that a caller may not see appears, in hits, counts, facets, suggestions, highlights or likenesses: not even while the
index is behind the trees, or ahead of what was asked of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from mediaclay_kernel.testing import Client
from mediaclay_search.sources import pending
from mediaclay_structure import subgraph
from mediaclay_structure.routes import feed

from tests.search.support.grove import MOVE, Grove, growing

LOOK = """
query($within: ID!) {
  words: search(query: "oak", within: $within, mode: KEYWORD, first: 1000) { ...all }
  meaning: search(query: "oak", within: $within, mode: SEMANTIC, first: 1000) { ...all }
  both: search(query: "oak", within: $within, mode: HYBRID, first: 1000) { ...all }
  suggest(prefix: "oa", within: $within, first: 1000) { id }
}
fragment all on SearchConnection {
  nodes { node { id } highlights { text } } totalCount facets { buckets { value count } }
}"""
LIKE = "query($of: [_Any!]!, $within: ID) { _entities(representations: $of) { ... on Node { similar(first: 1000, within: $within) { node { id } } } } }"
BOUND = 8


@pytest.fixture(autouse=True, params=[0, pending.FEW], ids=["of what the index has", "all"])
def left_out(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of the nodes are left out that changes touched which the index has not read."""
    monkeypatch.setattr(pending, "FEW", request.param)


@pytest.fixture
async def grove(new_database: Callable[..., str]) -> AsyncIterator[Grove]:
    database = await asyncio.to_thread(new_database, subgraph)
    async with growing(database, BOUND) as made:
        yield made


async def seen(client: Client, within: str) -> tuple[set[str], Counter[str]]:
    """Every id that is told of a branch, and the largest counts that are."""
    data = await client.data(LOOK, None, within=within)
    ids = {each["id"] for each in data["suggest"]}
    counts = Counter[str]()
    for way in ("words", "meaning", "both"):
        found = data[way]
        ids |= {hit["node"]["id"] for hit in found["nodes"]}
        counts["total"] = max(counts["total"], found["totalCount"])
        counts["facets"] = max(counts["facets"], sum(each["count"] for each in found["facets"][0]["buckets"]))
    return ids, counts


async def similar(client: Client, of: str, within: str | None) -> set[str]:
    found = await client.data(LIKE, None, of=[{"__typename": "Node", "id": of}], within=within)
    return {hit["node"]["id"] for hit in found["_entities"][0]["similar"]}


@pytest.fixture
def settled(until):
    """Waits until a branch shows exactly these, by words and by meaning."""

    async def wait(client: Client, within: str, ids: set[str]) -> None:
        async def right() -> bool:
            return (await seen(client, within))[0] == ids and (await seen(client, within))[1]["total"] == len(ids)

        await until(right)

    return wait


async def test_what_left_a_branch_is_gone_at_once_though_the_index_has_not_heard_of_it(
    grove: Grove, searching, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = await grove.create("oak"), await grove.create("oak")
    leaves = [await grove.create(f"oak leaf {n}", inside) for n in range(3)]
    async with searching(grove, embedder="static") as client:
        await settled(client, inside, {inside, *leaves})
        assert await similar(client, inside, inside) == set(leaves)
        _stop(monkeypatch)
        await grove.client.data(MOVE, input={"id": leaves[0], "parent": outside})
        ids, counts = await seen(client, inside)
        assert ids == {inside, *leaves[1:]}
        assert counts == {"total": 3, "facets": 3}
        assert await similar(client, inside, inside) == set(leaves[1:])
        await grove.prune(leaves[1])
        ids, counts = await seen(client, inside)
        assert (ids, counts) == ({inside, leaves[2]}, {"total": 2, "facets": 2})
        monkeypatch.undo()
        await settled(client, outside, {outside, leaves[0]})


def _stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed tells ids, as they are asked for by requests, and nothing to an index."""

    async def silent(*_: Any) -> AsyncIterator[dict[str, object]]:
        await asyncio.sleep(3600)
        yield {}

    monkeypatch.setattr(feed, "_parts", silent)


async def test_a_branch_that_is_pruned_can_not_be_searched_nor_resembled(grove: Grove, searching, settled) -> None:
    branch = await grove.create("oak")
    leaf = await grove.create("oak leaf", branch)
    async with searching(grove, embedder="static") as client:
        await settled(client, branch, {branch, leaf})
        await grove.prune(branch)
        assert (
            await client.refused('query($w: ID!) { search(query: "oak", within: $w) { totalCount } }', None, w=branch)
        )[0] == "NOT_FOUND"
        assert await similar(client, leaf, None) == set()


async def test_secrets_that_never_stood_in_a_branch_are_never_told_in_it_while_it_moves_about(
    grove: Grove, searching, until
) -> None:
    # `inner` moves between an open and a closed room. Secrets are made in it only while it is in the closed one, and go out
    # of it before it comes back: whoever looks into the open room never has a right to one.
    opened, closed, vault = [await grove.create(name) for name in ("oak open", "oak closed", "oak vault")]
    inner = await grove.create("oak inner", opened)
    await grove.bush(inner, 4, 4)
    most = 1 + len(await grove.below(inner))
    secrets = set[str]()
    tally = Counter[str]()
    is_over = asyncio.Event()

    async def hide(number: int) -> None:
        await grove.client.data(MOVE, input={"id": inner, "parent": closed})
        for each in range(3):
            secrets.add(await grove.create(f"oak secret {number}-{each}", inner))
        await asyncio.sleep(0.05 * (number % 3))
        for secret in [*secrets]:
            await grove.client.send(MOVE, input={"id": secret, "parent": vault})
        await grove.client.data(MOVE, input={"id": inner, "parent": opened})
        tally["rounds"] += 1

    async def look(client: Client) -> None:
        while not is_over.is_set():
            answer = await client.send(LOOK, None, within=opened)
            if "errors" in answer:
                assert {each["extensions"]["code"] for each in answer["errors"]} <= {"UNAVAILABLE"}
                tally["refused"] += 1
                continue
            told = str(answer["data"])
            tally["looks"] += 1
            tally["leaks"] += any(secret in told for secret in [*secrets]) or "secret" in told
            numbers = [answer["data"][way]["totalCount"] for way in ("words", "both")]
            numbers += [
                sum(b["count"] for b in answer["data"][way]["facets"][0]["buckets"]) for way in ("words", "both")
            ]
            tally["too many"] += any(number > most for number in numbers)

    async with searching(grove, embedder="static") as client:

        async def caught_up() -> bool:
            return (await client.data('{search(query: "oak") {lag}}', None))["search"]["lag"] == 0

        await until(caught_up)
        lookers = [asyncio.create_task(look(client)) for _ in range(3)]
        for number in range(8):
            await hide(number)
        is_over.set()
        await asyncio.gather(*lookers)
    print(dict(tally))  # noqa: T201  (the counts are what one wants to read)
    assert tally["rounds"] == 8
    assert tally["looks"] > 20
    assert (tally["leaks"], tally["too many"]) == (0, 0)
