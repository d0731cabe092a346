"""What a position promises: every change up to it is in the index."""

import pytest
from mediaclay_search.consumers import batch as module
from mediaclay_search.consumers.batch import Batch
from mediaclay_search.engine.embedded import running
from mediaclay_search.records import Document, FeedLine, Search


def node(id_: str, name: str = "oak") -> Document:
    return Document(id_, "s", "1", "", "k", name, "")


@pytest.fixture
async def backend(tmp_path):
    async with running(tmp_path) as engine:
        yield engine


async def ids(backend) -> list[str]:
    return [hit.id for hit in (await backend.search(Search("", first=100))).hits]


async def test_a_change_counts_when_the_line_behind_its_last_one_was_read(backend, monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    batch = Batch(backend, "s", 0)
    await batch.add(FeedLine(1, [], [node("a")]))
    await batch.add(FeedLine(1, [], [node("b")]))
    assert await backend.positions() == {}
    await batch.add(FeedLine(2, [], [node("c")]))
    assert await backend.positions() == {"s": 1}
    assert await ids(backend) == ["a", "b"]
    await batch.finish()
    assert await backend.positions() == {"s": 2}
    assert await ids(backend) == ["a", "b", "c"]


async def test_the_last_word_on_a_node_holds(backend):
    batch = Batch(backend, "s", 0)
    await batch.add(FeedLine(1, [], [node("a"), node("b", "elm")]))
    await batch.add(FeedLine(2, ["a"], []))
    await batch.add(FeedLine(3, ["b"], []))
    await batch.add(FeedLine(4, [], [node("b", "fir")]))
    await batch.finish()
    assert await ids(backend) == ["b"]
    assert (await backend.search(Search("fir"))).total == 1


async def test_changes_that_touched_nothing_move_the_position_too(backend):
    batch = Batch(backend, "s", 4)
    await batch.add(FeedLine(9, [], []))
    await batch.finish()
    assert await backend.positions() == {"s": 9}


async def test_what_was_not_read_moves_nothing(backend):
    await Batch(backend, "s", 4).finish()
    assert await backend.positions() == {}
    assert await ids(backend) == []


async def test_no_more_than_a_few_documents_are_held(backend, monkeypatch):
    monkeypatch.setattr(module, "HELD_TEXT", 10)
    batch = Batch(backend, "s", 0)
    for number in range(5):
        await batch.add(FeedLine(number + 1, [], [node(f"n{number}")._replace(text="long enough")]))
        assert batch._held == {}


async def test_the_end_of_a_fragment_holds_for_what_was_told_before_it_and_for_nothing_after(backend):
    batch = Batch(backend, "s", 0)
    await batch.add(FeedLine(1, [], [node("a"), node("b")]))
    await batch.finish()
    await batch.add(FeedLine(2, [], [node("c"), node("d")._replace(anchor="2")]))
    await batch.add(FeedLine(3, ["b"], [node("e")], ("1",)))
    await batch.add(FeedLine(3, [], [node("a", "elm")]))
    await batch.finish()
    assert await ids(backend) == ["a", "d", "e"]
    assert await backend.positions() == {"s": 3}


async def test_a_change_of_very_many_lines_is_committed_in_parts_and_counts_at_its_end(backend, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    batch = Batch(backend, "s", 0)
    await batch.add(FeedLine(1, [], [node("a")]))
    for number in range(7):
        await batch.add(FeedLine(2, [], [node(f"n{number}")]))
    assert len(await ids(backend)) == 6
    assert await backend.positions() == {"s": 1}
    await batch.finish()
    assert len(await ids(backend)) == 8
    assert await backend.positions() == {"s": 2}


async def test_a_purge_alone_is_committed(backend):
    batch = Batch(backend, "s", 0)
    await batch.add(FeedLine(1, [], [node("a")]))
    await batch.finish()
    await batch.add(FeedLine(2, [], [], ("1",)))
    await batch.finish()
    assert await ids(backend) == []
