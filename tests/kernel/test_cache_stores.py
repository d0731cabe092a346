"""Where answers are kept: one suite for the store in memory, the one on Valkey and the one on a cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis.asyncio as redis
from mediaclay_kernel.cache import valkey
from mediaclay_kernel.cache.answer import Answer
from mediaclay_kernel.cache.stores import MemoryStore, Store
from mediaclay_kernel.cache.tags import Marks
from mediaclay_kernel.cache.valkey import ValkeyStore
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.ids import new_id

from mediaclay.embedded import valkey as valkeys
from mediaclay.ports import any_free
from tests.kernel.support.cluster import Cluster

ONE, OTHER = (UUID(int=n) for n in (1, 2))


def answer(body: bytes = b"{}", seconds: float = 60, **positions: int) -> Answer:
    """With one name for each stream."""
    ids = {"one": ONE, "other": OTHER}
    at = {ids[name]: position for name, position in (positions or {"one": 5}).items()}
    return Answer(body, Marks({stream: frozenset({"a", "b:é"}) for stream in at}, at), time.time() + seconds)


def key(text: str) -> bytes:
    return text.encode().ljust(19, b"\x00") + b"\xff"


@pytest.fixture
async def on_valkey(redis_url: str) -> AsyncGenerator[ValkeyStore]:
    async with valkey.connect(redis_url, f"test:{new_id()}") as store:
        yield store


@pytest.fixture
async def in_cluster(valkeys_in_a_cluster: Cluster) -> AsyncGenerator[ValkeyStore]:
    async with valkey.connect(valkeys_in_a_cluster.url, f"test:{new_id()}") as store:
        yield store


@pytest.fixture(params=["memory", "on_valkey", "in_cluster"])
def store(request: pytest.FixtureRequest) -> Store:
    return MemoryStore(1_000_000) if request.param == "memory" else request.getfixturevalue(request.param)


async def test_an_answer_comes_back_as_it_was(store: Store):
    given = answer(b'{"data":"\xc3\xa9\\n"}' * 1_000, one=5, other=2**40)
    await store.put(key("a"), given)
    assert await store.get(key("a")) == given
    assert await store.get(key("b")) is None


async def test_many_that_are_asked_for_at_once_each_get_their_own(store: Store):
    for number in range(0, 100, 2):
        await store.put(key(str(number)), answer(str(number).encode()))
    found = await asyncio.gather(*(store.get(key(str(number))) for number in range(100)))
    assert [each and each.body for each in found] == [
        str(number).encode() if number % 2 == 0 else None for number in range(100)
    ]


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({"one": 5}, {"one": 6}, "after"),
        ({"one": 6}, {"one": 5}, "before"),
        ({"one": 5}, {"one": 5}, "after"),
        ({"one": 6, "other": 5}, {"one": 5, "other": 5}, "before"),
        ({"one": 6, "other": 4}, {"one": 5, "other": 5}, "after"),
        ({"one": 6}, {"other": 5}, "after"),
        ({"one": 6}, {"one": 5, "other": 5}, "after"),
        ({"one": 6, "other": 5}, {"one": 5}, "after"),
    ],
)
async def test_an_answer_gives_way_unless_it_surely_knows_more(
    store: Store, before: dict[str, int], after: dict[str, int], kept: str
):
    await store.put(key("a"), answer(b"before", **before))
    await store.put(key("a"), answer(b"after", **after))
    found = await store.get(key("a"))
    assert found is not None
    assert found.body == kept.encode()


async def test_an_answer_that_is_too_old_is_gone(store: Store):
    await store.put(key("a"), answer(seconds=0.2))
    await store.put(key("b"), answer(seconds=-1))
    assert await store.get(key("a")) is not None
    await asyncio.sleep(0.25)
    assert await store.get(key("a")) is None
    assert await store.get(key("b")) is None


def test_memory_holds_what_it_may_and_lets_go_of_what_was_asked_for_least_lately():
    store = MemoryStore(5_000)
    for name in "abc":
        store.keep(key(name), answer(b"x" * 900))
    assert store.find(key("a")) is not None
    store.keep(key("d"), answer(b"x" * 900))
    assert [store.find(key(name)) is not None for name in "abcd"] == [True, False, True, True]
    assert store.weight <= 5_000
    for name in "acd":
        store.drop(key(name))
    store.drop(key("b"))
    assert (len(store), store.weight) == (0, 0)


def test_what_is_larger_than_all_memory_is_not_held():
    store = MemoryStore(5_000)
    store.keep(key("a"), answer(b"x" * 6_000))
    assert (len(store), store.weight) == (0, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"key": key("b")},  # another one's answer
        {"positions": b"no JSON"},
        {"positions": b"[]"},
        {"positions": b'{"no id": 1}'},
        {"positions": b"{}"},  # names without positions
        {"rest": b"{}"},
        {"rest": b'["soon", {}]'},
    ],
)
async def test_what_is_not_an_answer_of_ours_is_none(redis_url: str, fields: dict[str, bytes]):
    prefix = f"test:{new_id()}"
    client: Any = redis.Redis.from_url(redis_url)
    async with valkey.connect(redis_url, prefix) as store:
        await store.put(key("a"), answer())
        assert await store.get(key("a")) is not None
        await client.hset(f"{prefix}:{key('a').hex()}", mapping=fields)
        assert await store.get(key("a")) is None
        await client.set(f"{prefix}:{key('c').hex()}", "no hash")
        with pytest.raises(Unavailable):
            await store.get(key("c"))
        await store.put(key("a"), answer(b"again"))
        found = await store.get(key("a"))
    await client.aclose()
    assert found is not None
    assert found.body == b"again"


async def test_a_server_that_goes_is_left_alone_for_a_while_and_used_again_when_it_is_back(tmp_path: Path):
    port, now = any_free(), [0.0]
    server = await asyncio.to_thread(valkeys.start, tmp_path, port)
    try:
        async with valkey.connect(server.url, "test") as store:
            store._clock = lambda: now[0]
            await store.put(key("a"), answer())
            server.kill()
            with pytest.raises(Unavailable):
                await store.get(key("a"))
            server = await asyncio.to_thread(valkeys.start, tmp_path, port)
            with pytest.raises(Unavailable, match="a moment ago"):
                await store.get(key("a"))
            with pytest.raises(Unavailable, match="a moment ago"):
                await store.put(key("a"), answer())
            now[0] += valkey.PAUSE
            await store.put(key("b"), answer(b"new"))
            found = await store.get(key("b"))
            assert found is not None
            assert found.body == b"new"
    finally:
        await asyncio.to_thread(server.stop)


async def test_who_stops_waiting_costs_the_others_nothing(on_valkey: ValkeyStore):
    await on_valkey.put(key("a"), answer(b"a"))
    gone, stays = asyncio.ensure_future(on_valkey.get(key("a"))), asyncio.ensure_future(on_valkey.get(key("a")))
    await asyncio.sleep(0)
    gone.cancel()
    found = await stays
    assert found is not None
    assert found.body == b"a"
