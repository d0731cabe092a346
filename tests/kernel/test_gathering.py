"""What several callers ask at the same moment is asked once, and nobody waits for company."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from mediaclay_kernel import gathering
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.gathering import Gathering, Gatherings, Shared


class Source:
    """Answers the square of each key, when it is let."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def fetch(self, keys: Sequence[int]) -> list[int]:
        self.calls.append(list(keys))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [key * key for key in keys]


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PATIENCE", 60.0)


async def test_who_asks_in_the_same_turn_goes_together(source: Source):
    asked = Gathering(source.fetch)
    answers = await asyncio.gather(asked.ask([1, 2]), asked.ask([2, 3]), asked.ask([1]))
    assert source.calls == [[1, 2, 2, 3, 1]]
    assert answers == [([1, 4, 4, 9, 1], begins) for begins in (0, 2, 4)]


@pytest.mark.usefixtures("patient")
async def test_who_asks_while_a_call_is_under_way_goes_with_the_next_one(source: Source):
    asked = Gathering(source.fetch)
    source.gate.clear()
    first = asyncio.create_task(asked.ask([1]))
    await asyncio.sleep(0.01)
    others: list[asyncio.Task[Shared[list[int]]]] = []
    for number in (2, 3):
        others.append(asyncio.create_task(asked.ask([number])))
        await asyncio.sleep(0.01)
    assert source.calls == [[1]]
    source.gate.set()
    assert await first == ([1], 0)
    assert [await other for other in others] == [([4, 9], 0), ([4, 9], 1)]
    assert source.calls == [[1], [2, 3]]


async def test_a_call_that_takes_long_holds_nobody_up(source: Source):
    asked = Gathering(source.fetch)
    source.gate.clear()
    slow = asyncio.create_task(asked.ask([1]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    other = asyncio.create_task(asked.ask([2]))
    await asyncio.sleep(5 * gathering.PATIENCE)
    assert source.calls == [[1], [2]]
    source.gate.set()
    assert (await slow, await other) == (([1], 0), ([4], 0))


@pytest.mark.usefixtures("patient")
async def test_a_full_batch_does_not_wait(source: Source, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gathering, "MOST", 3)
    asked = Gathering(source.fetch)
    source.gate.clear()
    tasks = [asyncio.create_task(asked.ask([number])) for number in range(7)]
    await asyncio.sleep(0.05)
    assert source.calls == [[0, 1, 2], [3, 4, 5]]
    source.gate.set()
    await asyncio.gather(*tasks)
    assert source.calls[2:] == [[6]]


async def test_an_error_is_theirs_who_asked_for_it(source: Source):
    asked = Gathering(source.fetch)
    source.error = Unavailable("away")
    answers = await asyncio.gather(asked.ask([1]), asked.ask([2]), return_exceptions=True)
    assert answers == [source.error, source.error]
    source.error = None
    assert await asked.ask([1]) == ([1], 0)


async def test_who_goes_away_takes_nobody_along(source: Source):
    asked = Gathering(source.fetch)
    source.gate.clear()
    gone, stays = (asyncio.create_task(asked.ask([number])) for number in (1, 2))
    await asyncio.sleep(0.01)
    gone.cancel()
    source.gate.set()
    assert await stays == ([1, 4], 1)
    assert gone.cancelled()


async def test_gatherings_are_there_only_while_something_is_under_way(source: Source):
    all_of_them = Gatherings()
    source.gate.clear()
    tasks = [asyncio.create_task(all_of_them.of(name, source.fetch).ask([1])) for name in ("a", "b", "a")]
    await asyncio.sleep(0.01)
    assert (len(all_of_them), len(source.calls)) == (2, 2)
    source.gate.set()
    await asyncio.gather(*tasks)
    await asyncio.sleep(0)
    assert len(all_of_them) == 0
