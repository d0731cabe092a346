"""What is pruned, restored, cloned, imported and purged in a real structure, as a search of it finds it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import pytest
from mediaclay_kernel.testing import Client
from mediaclay_structure import subgraph
from mediaclay_structure.routes import feed

from tests.search.support.grove import MOVE, Grove, growing, part
from tests.search.support.process import SERVE, all_of, process

SEARCH = """
query($q: String!, $within: ID) {
  search(query: $q, within: $within, first: 1000) { nodes { node { id } } totalCount facets { buckets { count } } lag }
  suggest(prefix: "oa", within: $within, first: 1000) { id }
}"""
BOUND = 8


@pytest.fixture
async def grove(new_database: Callable[..., str]) -> AsyncIterator[Grove]:
    database = await asyncio.to_thread(new_database, subgraph)
    async with growing(database, BOUND) as made:
        yield made


async def found(client: Client, within: str | None = None) -> set[str] | None:
    """The ids of all oaks, if searching, counting and completing agree on them and the index is not behind."""
    data = await client.data(SEARCH, None, q="oak", within=within)
    ids = {hit["node"]["id"] for hit in data["search"]["nodes"]}
    counted = sum(bucket["count"] for bucket in data["search"]["facets"][0]["buckets"])
    agreed = len(ids) == data["search"]["totalCount"] == counted and {each["id"] for each in data["suggest"]} == ids
    return ids if agreed and data["search"]["lag"] == 0 else None


@pytest.fixture
def finds(until):
    """Waits until an index that is up to date finds exactly these."""

    async def wait(client: Client, ids: set[str], within: str | None = None) -> None:
        async def right() -> bool:
            return await found(client, within) == ids

        try:
            await until(right)
        except TimeoutError:
            assert await found(client, within) == ids

    return wait


async def test_a_pruned_branch_is_found_no_more_and_again_when_it_is_restored(grove, searching, finds) -> None:
    small, big = await grove.create("oak"), await grove.create("oak")
    await grove.bush(big, 12, 4)
    everything = {small, *await grove.below(big)}
    async with searching(grove) as client:
        await finds(client, everything)
        for top in (big, small):
            gone = set(await grove.below(top))
            await grove.prune(top)
            await finds(client, everything - gone)
            await finds(client, everything - gone, grove.root)
            errors = (await client.send(SEARCH, None, q="oak", within=top))["errors"]
            assert {error["extensions"]["code"] for error in errors} == {"NOT_FOUND"}
            await grove.restore(top)
            await finds(client, everything)
            await finds(client, gone, top)


async def test_the_prune_of_a_whole_fragment_touches_one_document_and_is_seen_before_that(
    grove: Grove, searching, finds, monkeypatch: pytest.MonkeyPatch
) -> None:
    await grove.bush(grove.root, 12, 4)
    heavy = str(await grove.state.database.pool.fetchval("SELECT node_id FROM anchor WHERE NOT pinned LIMIT 1"))
    everything, gone = set(await grove.below(grove.root)) - {grove.root}, set(await grove.below(heavy))
    async with searching(grove) as client:
        await finds(client, everything)
        monkeypatch.setattr(feed, "_parts", _silent)
        await grove.prune(heavy)
        data = await client.data(SEARCH, None, q="oak", within=None)
        assert {hit["node"]["id"] for hit in data["search"]["nodes"]} == everything - gone
        await grove.restore(heavy)
        data = await client.data(SEARCH, None, q="oak", within=None)
        # The one that both changes named is left out until the index has read where it stands now.
        assert {hit["node"]["id"] for hit in data["search"]["nodes"]} == everything - {heavy}
        monkeypatch.undo()
        await finds(client, everything)
    touched = await grove.state.database.pool.fetchval("SELECT touched FROM changelog WHERE type = 'PRUNED'")
    assert [str(each) for each in touched] == [heavy]
    assert len(gone) > BOUND


async def _silent(*_: Any) -> AsyncGenerator[dict[str, object]]:
    await asyncio.sleep(3600)
    yield {}


async def test_every_node_of_a_clone_is_found_and_none_of_it_when_it_is_pruned(grove, searching, finds) -> None:
    big, other = await grove.create("oak"), await grove.create("elm")
    await grove.bush(big, 12, 4)
    origin = set(await grove.below(big))
    async with searching(grove) as client:
        await finds(client, origin)
        copy = await grove.clone(big, other)
        copied = set(await grove.below(copy))
        assert len(copied) == len(origin)
        await finds(client, origin | copied)
        await finds(client, copied, copy)
        await finds(client, copied, other)
        await grove.prune(copy)
        await finds(client, origin)


async def test_what_is_purged_is_found_no_more_even_when_nothing_hides_it(grove, searching, finds) -> None:
    kept, small, big = [await grove.create("oak") for _ in range(3)]
    await grove.bush(big, 12, 4)
    async with searching(grove) as client:
        await finds(client, {kept, small, *await grove.below(big)})
        await grove.prune(small)
        await grove.prune(big)
        await grove.purge()
        await finds(client, {kept})
        await grove.purge(heard=True)
        assert (await grove.client.data("{prunedAnchors}"))["prunedAnchors"] == []
        await finds(client, {kept})


async def test_an_index_built_anew_finds_what_there_is_whatever_happened_before(grove, searching, finds) -> None:
    kept, gone, big = [await grove.create("oak") for _ in range(3)]
    await grove.bush(big, 12, 4)
    copies = [await grove.clone(big, kept), await grove.clone(big, big), await grove.clone(gone, kept)]
    await grove.prune(copies[0])
    await grove.purge(heard=True)
    await grove.prune(gone)
    async with searching(grove) as client:
        await finds(client, set(await grove.below(kept)) | set(await grove.below(big)))
        await grove.restore(gone)
        await finds(client, set(await grove.below(kept)) | set(await grove.below(big)) | {gone})


async def test_a_branch_that_is_pruned_in_the_midst_of_an_import_is_not_found(grove, searching, finds) -> None:
    pruned, other = await grove.create("oak"), await grove.create("oak")

    async def batch(number: int, into: list[str]) -> None:
        for top in into:
            await grove.ingest(top, part(f"/part-{number}", 20))

    async with searching(grove) as client:
        for number in range(4):
            await batch(number, [pruned, other])
            if number == 2:
                await finds(client, set(await grove.below(pruned)) | set(await grove.below(other)))
        await grove.prune(pruned)
        for number in range(4, 7):
            await batch(number, [other])
        await finds(client, set(await grove.below(other)))
        await grove.restore(pruned)
        await batch(7, [pruned, other])
        await finds(client, set(await grove.below(other)) | set(await grove.below(pruned)))


class Gardener:
    """Does at random what can be done, and knows what is pruned."""

    def __init__(self, grove: Grove, seed: int) -> None:
        self.grove, self.pruned = grove, dict[str, list[str]]()
        self.random = random.Random(seed)
        self.did = Counter[str]()

    async def living(self) -> list[str]:
        return [each for each in await self.grove.below(self.grove.root) if each != self.grove.root]

    async def act(self) -> None:
        living = await self.living()
        acts = [self.create] * 4
        if living:
            acts += [self.move, self.clone, self.prune, self.prune]
        if self.pruned:
            acts += [self.restore, self.restore]
        chosen = self.random.choice(acts)
        await chosen(living)
        self.did[chosen.__name__] += 1

    async def create(self, living: list[str]) -> None:
        await self.grove.create(f"oak {self.did.total()}", self.random.choice([*living, self.grove.root]))

    async def move(self, living: list[str]) -> None:
        node = self.random.choice(living)
        inside = set(await self.grove.below(node))
        target = self.random.choice([each for each in [*living, self.grove.root] if each not in inside])
        answer = await self.grove.client.send(MOVE, input={"id": node, "parent": target})
        assert [error["extensions"]["code"] for error in answer.get("errors", [])] in ([], ["CONFLICT"])  # of slugs

    async def clone(self, living: list[str]) -> None:
        node = self.random.choice(living)
        if len(await self.grove.below(node)) + len(living) < 250:
            await self.grove.clone(node, self.random.choice([*living, self.grove.root]))

    async def prune(self, living: list[str]) -> None:
        node = self.random.choice(living)
        self.pruned[node] = await self.grove.below(node)
        await self.grove.prune(node)

    async def restore(self, living: list[str]) -> None:
        node = self.random.choice(list(self.pruned))
        del self.pruned[node]
        await self.grove.restore(node, self.random.choice([*living, self.grove.root]))


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_done_exactly_the_living_are_found(grove, searching, finds, seed: int) -> None:
    gardener = Gardener(grove, seed)
    bush = await grove.create("oak")
    await grove.bush(bush, 6, 4)
    async with searching(grove) as client:
        for number in range(60):
            await gardener.act()
            if number % 6 == 5:
                await finds(client, set(await gardener.living()))
        await finds(client, set(await gardener.living()), grove.root)
        for top in (await gardener.living())[:10]:
            await finds(client, set(await grove.below(top)), top)
        await grove.purge(heard=True)
        await finds(client, set(await gardener.living()))
    assert min(gardener.did[each] for each in ("create", "move", "clone", "prune", "restore")) > 2


async def test_killed_in_the_midst_of_a_clone_it_finds_all_of_it_and_killed_before_a_purge_nothing_of_it(
    grove: Grove, tmp_path, counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = await grove.create("oak")
    await grove.bush(top, 20, 24)
    size = len(await grove.below(top))
    paused, pages = asyncio.Event(), feed.fragments.pages

    async def halting(*asked: Any) -> Any:
        count = 0
        async for page in pages(*asked):
            count += 1
            if count > 10:
                paused.set()
                await asyncio.sleep(3600)
            yield page

    async with process(SERVE, tmp_path, grove.url) as (running, url):
        await counts(url, all_of(size))
        monkeypatch.setattr(feed.fragments, "pages", halting)
        copy = await grove.clone(top, grove.root)
        await asyncio.wait_for(paused.wait(), 40)
        running.kill()
        await running.wait()
    monkeypatch.undo()
    async with process(SERVE, tmp_path, grove.url) as (running, url):
        await counts(url, all_of(2 * size))
        await grove.prune(copy)
        await counts(url, all_of(size))
        running.kill()
        await running.wait()
    await grove.purge(heard=True)
    async with process(SERVE, tmp_path, grove.url) as (_, url):
        await counts(url, all_of(size))


SET_KIND = "mutation($input: SetKind!) {setKind(input: $input) {name}}"
UPDATE = "mutation($input: UpdateNode!) {updateNode(input: $input) {node {id}}}"


async def test_a_path_that_counts_for_the_meaning_is_that_of_now_whatever_changed_above(
    grove, searching, until
) -> None:
    schema = {"type": "object", "x-search": {"path": True}}
    await grove.client.data(SET_KIND, input={"structure": grove.structure, "name": "tree", "schema": schema})
    top, other = await grove.create("mammals"), await grove.create("vehicles")
    oak = await grove.create("jaguar", await grove.create("big", top))

    async def meaning(client: Client) -> str:
        store = client.state.meanings._store
        query = "SELECT text FROM node WHERE id = ?"
        row = await client.state.meanings._stored(lambda: store._db.execute(query, [oak]).fetchone())
        return "" if row is None else row[0]

    async def tells(client: Client, text: str) -> None:
        async def right() -> bool:
            return await meaning(client) == text

        try:
            await until(right)
        except TimeoutError:
            assert await meaning(client) == text

    async with searching(grove, embedder="static") as client:
        await tells(client, "mammals big jaguar\njaguar")
        await grove.client.data(UPDATE, input={"id": top, "slug": "beasts"})
        await tells(client, "beasts big jaguar\njaguar")
        await grove.client.data(MOVE, input={"id": top, "parent": other})
        await tells(client, "vehicles beasts big jaguar\njaguar")
