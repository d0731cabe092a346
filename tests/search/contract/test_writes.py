"""What is written, and what outlives the process."""

import pytest
from mediaclay_kernel.errors import Unavailable
from mediaclay_search.engine.embedded import running
from mediaclay_search.records import Document, Search


def node(id_, name="tree", structure="s", anchor="1") -> Document:
    return Document(id_, structure, anchor, f"{id_}/", "k", name, "")


async def ids(backend, text="") -> list[str]:
    return sorted(hit.id for hit in (await backend.search(Search(text, first=100))).hits)


async def test_what_is_written_is_seen_from_the_commit_on(backend):
    await backend.upsert([node("a")])
    assert await ids(backend) == []
    await backend.commit({})
    assert await ids(backend) == ["a"]


async def test_a_document_takes_the_place_of_the_one_with_its_id(backend):
    await backend.upsert([node("a", "oak"), node("b", "oak"), node("a", "birch")])
    await backend.commit({})
    await backend.upsert([node("b", "birch")])
    await backend.commit({})
    assert await ids(backend, "birch") == ["a", "b"]
    assert await ids(backend, "oak") == []
    assert (await backend.search(Search(""))).total == 2


async def test_deleted_documents_are_gone_and_unknown_ones_no_error(backend):
    await backend.upsert([node("a"), node("b")])
    await backend.commit({})
    await backend.delete(["a", "never there"])
    await backend.commit({})
    assert await ids(backend) == ["b"]


async def test_a_dropped_structure_leaves_nothing_behind(backend):
    await backend.upsert([node("a"), node("b", structure="t")])
    await backend.commit({"s": 3, "t": 4})
    await backend.drop("s")
    await backend.commit({})
    assert await ids(backend) == ["b"]
    assert await backend.positions() == {"t": 4}


async def test_positions_are_those_of_the_last_commit_and_are_never_found(backend):
    await backend.commit({"s": 1, "t": 7})
    await backend.commit({"s": 2})
    assert await backend.positions() == {"s": 2, "t": 7}
    assert await ids(backend) == []
    assert await backend.kinds(Search("")) == []


async def test_documents_and_positions_outlive_the_process_and_nothing_uncommitted_does(tmp_path):
    async with running(tmp_path) as backend:
        await backend.upsert([node("a", "Höhle")])
        await backend.commit({"s": 5})
        await backend.upsert([node("b", "Höhle")])
        await backend.delete(["a"])
    async with running(tmp_path) as backend:
        assert await ids(backend, "hohle") == ["a"]
        assert await backend.positions() == {"s": 5}
        await backend.upsert([node("b", "Höhle")])
        await backend.commit({"s": 6})
        assert await ids(backend, "hohle") == ["a", "b"]


async def test_a_second_writer_is_told_what_to_do_and_disturbs_nothing(tmp_path):
    async with running(tmp_path) as backend:
        with pytest.raises(Unavailable, match=r"Another process writes the search index .* CLAY_HOME of its own"):
            async with running(tmp_path):
                pass
        await backend.upsert([node("a")])
        await backend.commit({})
        assert await ids(backend) == ["a"]


async def test_an_index_that_can_not_be_read_says_how_to_be_rid_of_it(tmp_path):
    async with running(tmp_path) as backend:
        await backend.commit({"s": 5})
    [meta] = tmp_path.glob("search/*/meta.json")
    meta.write_text("{")
    with pytest.raises(Unavailable, match="Remove that folder"):
        async with running(tmp_path):
            pass
    assert meta.read_text() == "{"


async def test_all_documents_of_an_anchor_go_at_once_in_its_structure_alone(backend):
    await backend.upsert([node("a"), node("b"), node("c", anchor="12"), node("d", structure="t")])
    await backend.commit({})
    await backend.delete_fragments("s", ["1", "never there"])
    assert await ids(backend) == ["a", "b", "c", "d"]
    await backend.commit({})
    assert await ids(backend) == ["c", "d"]


async def test_what_is_put_in_behind_the_end_of_its_anchor_stays(backend):
    await backend.upsert([node("a"), node("b")])
    await backend.delete_fragments("s", ["1"])
    await backend.upsert([node("b", "birch")])
    await backend.commit({})
    assert await ids(backend) == ["b"]
    assert await ids(backend, "birch") == ["b"]


async def test_a_document_that_left_an_anchor_outlives_it(backend):
    await backend.upsert([node("a"), node("b")])
    await backend.commit({})
    await backend.upsert([node("a", anchor="2")])
    await backend.delete_fragments("s", ["1"])
    await backend.commit({})
    assert await ids(backend) == ["a"]


async def test_it_says_which_of_many_ids_it_may_have(backend):
    named = [f"{number:04}" for number in range(1_200)]
    before = backend.generation
    await backend.upsert([node(each) for each in named[::3]])
    assert set(await backend.among(named)) in (set(), set(named))  # not before the commit
    await backend.commit({"s": 1})
    assert set(named[::3]) <= set(await backend.among(named))
    assert backend.generation % 2 == 0
    if len(await backend.among(named)) < len(named):
        assert backend.generation != before
        assert set(await backend.among(named)) == set(named[::3])
