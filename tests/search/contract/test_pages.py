"""Pages stay right while the index changes between them."""

from uuid import UUID

import pytest
from mediaclay_search.records import After, Document, Search


def node(number, name="oak tree", text="") -> Document:
    return Document(f"id{number:04}", "s", "1", f"{number:04}/", "k", name, text)


def after(hit) -> After:
    return After(hit.score, hit.id, hit.rank)


async def walk(backend, text, size, between=None) -> list[str]:
    seen, at = [], None
    while True:
        page = await backend.search(Search(text, first=size, after=at))
        seen += [hit.id for hit in page.hits]
        assert [hit.rank for hit in page.hits] == sorted(hit.rank for hit in page.hits)
        if not page.has_next:
            return seen
        at = after(page.hits[-1])
        if between is not None:
            await between()


@pytest.fixture
async def world(backend):
    # In several commits, so that the engine keeps them in several places; many of them score alike.
    for part in range(4):
        names = ("oak tree", "oak", "oak tree by the lake")
        await backend.upsert([node(n, names[n % 3], "oak " * (n % 5)) for n in range(part * 60, part * 60 + 60)])
        await backend.commit({})
    return backend


@pytest.mark.parametrize("text", ["oak", "tree", "oakk", "by oak", '"oak tree"', ""])
async def test_pages_of_any_size_add_up_to_the_whole_list(world, text):
    whole = await world.search(Search(text, first=1000))
    expected = [hit.id for hit in whole.hits]
    assert len(set(expected)) == whole.total > 0
    for size in (1, 7, 100) if len(expected) <= 100 else (7, 100):
        assert await walk(world, text, size) == expected


async def test_totals_count_all_pages(world):
    first = await world.search(Search("oak", first=10))
    second = await world.search(Search("oak", first=10, after=after(first.hits[-1])))
    assert (first.total, second.total) == (240, 240)
    assert [hit.rank for hit in second.hits] == list(range(11, 21))


async def test_no_places_asked_for_still_counts(world):
    for text in ("oak", ""):
        page = await world.search(Search(text, first=0))
        assert (page.hits, page.total, page.has_next) == ([], 240, True)


@pytest.mark.parametrize("text", ["oak", "oakk", '"oak tree"', ""])
async def test_nothing_is_missed_or_seen_twice_while_others_come_and_go(backend, text):
    # Alike, they stay in their order, though each of these commits shifts all their scores.
    before = [f"id{number:04}" for number in range(240)]
    await backend.upsert([node(number) for number in range(240)])
    await backend.commit({})
    numbers = iter(range(1000, 9999))
    changes = iter(range(10))

    async def change() -> None:
        if next(changes, None) is None:
            return
        await backend.upsert([node(next(numbers), "oak " * 3) for _ in range(5)])
        await backend.upsert([node(next(numbers), "a lake without") for _ in range(20)])
        await backend.commit({})

    seen = await walk(backend, text, 17, change)
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)


@pytest.mark.parametrize("text", ["oak", ""])
async def test_a_page_goes_on_where_the_last_hit_of_the_one_before_is_gone(world, text):
    whole = [hit.id for hit in (await world.search(Search(text, first=1000))).hits]
    page = await world.search(Search(text, first=20))
    await world.delete([page.hits[-1].id])
    await world.commit({})
    following = await world.search(Search(text, first=20, after=after(page.hits[-1])))
    assert [hit.id for hit in following.hits] == whole[20:40]


async def test_a_node_that_matches_no_more_leaves_its_page_only(world):
    page = await world.search(Search("oak", first=5))
    await world.upsert([node(int(page.hits[2].id[2:]), "birch")])
    await world.commit({})
    again = await world.search(Search("oak", first=4))
    assert [hit.id for hit in again.hits] == [hit.id for at, hit in enumerate(page.hits) if at != 2]


async def test_pages_go_on_from_words_as_they_stand_to_longer_ones_and_typos(backend):
    names = ("maple", "maples", "mapel", "maple syrup", "birch")
    # Of some ids both halves begin with a one, of others none: they are kept as two signed numbers.
    ids = [str(UUID(int=(n * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128)) for n in range(100)]
    await backend.upsert([Document(id_, "s", "1", f"{at:04}/", "k", names[at % 5], "") for at, id_ in enumerate(ids)])
    await backend.commit({})
    whole = await backend.search(Search("maple", first=1000))
    assert [hit.rank for hit in whole.hits] == list(range(1, whole.total + 1))
    assert {hit.id for hit in whole.hits} >= {id_ for at, id_ in enumerate(ids) if at % 5 in (0, 1, 3)}
    assert {hit.id for hit in whole.hits[:40]} == {id_ for at, id_ in enumerate(ids) if at % 5 in (0, 3)}
    assert [hit.score for hit in whole.hits] == sorted((hit.score for hit in whole.hits), reverse=True)
    for size in (1, 7, 40, 41):
        assert await walk(backend, "maple", size) == [hit.id for hit in whole.hits]


async def test_a_page_goes_on_among_typos_where_the_last_hit_of_the_one_before_is_gone(backend):
    names = ("maple", "maples", "maple tree", "mapletree")
    await backend.upsert([node(number, names[number % 4]) for number in range(80)])
    await backend.commit({})
    whole = [hit.id for hit in (await backend.search(Search("maple", first=1000))).hits]
    page = await backend.search(Search("maple", first=50))
    await backend.delete([page.hits[-1].id])
    await backend.commit({})
    following = await backend.search(Search("maple", first=10, after=after(page.hits[-1])))
    assert [hit.id for hit in following.hits] == whole[50:60]
