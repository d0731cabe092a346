"""Another index is built beside the one that answers, and takes its place in one step."""

from mediaclay_search.records import Document, Search


def node(id_: str) -> Document:
    return Document(id_, "s", "1", f"{id_}/", "k", "oak", "")


async def ids(backend) -> list[str]:
    return sorted(hit.id for hit in (await backend.search(Search("oak", first=100))).hits)


async def test_the_old_index_answers_until_the_new_one_takes_its_place(backend):
    await backend.upsert([node("a"), node("b")])
    await backend.note("n", "old")
    await backend.commit({"s": 2})
    assert not await backend.is_building()
    fresh = await backend.fresh()
    assert await backend.is_building()
    assert (await ids(fresh), await fresh.positions(), await fresh.notes()) == ([], {}, {})
    await fresh.upsert([node("b"), node("c")])
    await fresh.note("n", "new")
    await fresh.commit({"s": 5})
    assert (await ids(backend), await backend.positions(), await backend.notes()) == (
        ["a", "b"],
        {"s": 2},
        {"n": "old"},
    )
    await backend.adopt(fresh)
    assert (await ids(backend), await backend.positions(), await backend.notes()) == (
        ["b", "c"],
        {"s": 5},
        {"n": "new"},
    )
    assert not await backend.is_building()
    await backend.upsert([node("d")])
    await backend.commit({"s": 6})
    assert await ids(backend) == ["b", "c", "d"]


async def test_an_index_that_was_begun_goes_on_from_its_last_commit(backend):
    fresh = await backend.fresh()
    await fresh.upsert([node("a")])
    await fresh.commit({"s": 1})
    await fresh.upsert([node("b")])
    await fresh.close()
    again = await backend.fresh()
    assert (await ids(again), await again.positions()) == (["a"], {"s": 1})
    await backend.adopt(again)
    assert await ids(backend) == ["a"]


async def test_notes_are_those_of_the_last_commit_and_are_never_found(backend):
    await backend.note("n", "1")
    assert await backend.notes() == {}
    await backend.commit({})
    await backend.note("n", "2")
    await backend.note("m", "x")
    await backend.commit({})
    assert await backend.notes() == {"n": "2", "m": "x"}
    assert (await backend.search(Search(""))).total == 0
    assert (await backend.size()).documents == 0
