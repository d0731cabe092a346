"""The bus: one suite for the one in memory, the one on Valkey and the one on a cluster of Valkey servers."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from mediaclay_kernel import bus
from mediaclay_kernel.bus import Bus, MemoryBus, Message
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.ids import new_id

from mediaclay.embedded import valkey as valkeys
from mediaclay.ports import any_free
from tests.kernel.support.cluster import cluster


@pytest.fixture(params=["memory", "valkey", "on_cluster"])
def any_bus(request: pytest.FixtureRequest) -> Bus:
    return MemoryBus() if request.param == "memory" else request.getfixturevalue(request.param)


@asynccontextmanager
async def listening(to: Bus, stream: str) -> AsyncGenerator[list[Message]]:
    """What a listener hears, from a moment on at which it surely listens."""
    heard: list[Message] = []

    async def listen() -> None:
        async for message in to.listen(stream):
            heard.append(message)

    task = asyncio.create_task(listen())
    async with asyncio.timeout(10):
        while not heard:
            await to.publish(stream, [{"probe": "1"}])
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    heard.clear()
    try:
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def heard_all(heard: list[Message], messages: list[Message]) -> None:
    async with asyncio.timeout(10):
        while len(heard) < len(messages):
            await asyncio.sleep(0.01)
    assert heard == messages


async def test_messages_arrive_as_they_were_and_in_order(any_bus: Bus):
    stream = f"test:{new_id()}"
    async with listening(any_bus, stream) as heard:
        messages: list[Message] = [{"n": str(n), "text": "é ☃ \n", "empty": ""} for n in range(300)]
        await any_bus.publish(stream, messages[:1])
        await any_bus.publish(stream, messages[1:])
        await any_bus.publish(stream, [])
        await heard_all(heard, messages)


async def test_each_listener_hears_all_of_its_stream_and_nothing_of_another(any_bus: Bus):
    one, other = f"test:{new_id()}", f"test:{new_id()}"
    async with listening(any_bus, one) as first, listening(any_bus, one) as second, listening(any_bus, other) as third:
        await asyncio.sleep(0.1)
        first.clear()  # the second one's probes
        await any_bus.publish(one, [{"n": "1"}, {"n": "2"}])
        await any_bus.publish(other, [{"n": "3"}])
        await heard_all(first, [{"n": "1"}, {"n": "2"}])
        await heard_all(second, [{"n": "1"}, {"n": "2"}])
        await heard_all(third, [{"n": "3"}])


async def test_who_comes_later_hears_nothing_of_before(any_bus: Bus):
    stream = f"test:{new_id()}"
    await any_bus.publish(stream, [{"n": "before"}])
    async with listening(any_bus, stream) as heard:
        await any_bus.publish(stream, [{"n": "after"}])
        await heard_all(heard, [{"n": "after"}])


async def test_who_leaves_is_not_missed(any_bus: Bus):
    stream = f"test:{new_id()}"
    async with listening(any_bus, stream) as left:
        pass
    await any_bus.publish(stream, [{"n": "1"}])
    async with listening(any_bus, stream) as heard:
        await any_bus.publish(stream, [{"n": "2"}])
        await heard_all(heard, [{"n": "2"}])
    assert left == []


async def test_a_bus_that_is_there_answers(any_bus: Bus):
    await any_bus.ping()


async def test_a_message_does_not_change_with_what_it_was_made_of(any_bus: Bus):
    stream = f"test:{new_id()}"
    async with listening(any_bus, stream) as heard:
        message = {"n": "1"}
        await any_bus.publish(stream, [message])
        message["n"] = "2"
        await heard_all(heard, [{"n": "1"}])


async def test_a_server_that_goes_away_is_told_as_unavailable_and_serves_again_when_it_is_back(tmp_path: Path):
    port = any_free()
    server = await asyncio.to_thread(valkeys.start, tmp_path, port)
    try:
        async with bus.connect(server.url) as connected:
            await connected.ping()
            listener = asyncio.ensure_future(anext(aiter(connected.listen("test:away"))))
            await asyncio.sleep(0.2)
            server.kill()
            with pytest.raises(Unavailable):
                await listener
            with pytest.raises(Unavailable):
                await connected.ping()
            with pytest.raises(Unavailable):
                await connected.publish("test:away", [{"n": "1"}])
            with pytest.raises(Unavailable):
                await anext(aiter(connected.listen("test:away")))
            server = await asyncio.to_thread(valkeys.start, tmp_path, port)
            async with listening(connected, "test:away") as heard:
                await connected.publish("test:away", [{"n": "2"}])
                await heard_all(heard, [{"n": "2"}])
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_cluster_that_loses_a_server_tells_so_for_its_streams_and_serves_them_again(tmp_path: Path):
    with cluster(tmp_path) as servers:
        async with bus.connect(servers.url) as connected:
            streams = [f"test:{n}" for n in range(30)]
            for stream in streams:
                await connected.publish(stream, [{"n": "1"}])
            await asyncio.to_thread(servers.kill, servers.ports[1])
            told = [await _tells(connected, stream) for stream in streams]
            assert {"served", "unavailable"} == set(told)
            await asyncio.to_thread(servers.start_again, servers.ports[1])
            assert [await _tells(connected, stream) for stream in streams] == ["served"] * len(streams)


async def _tells(connected: Bus, stream: str) -> str:
    try:
        await connected.publish(stream, [{"n": "2"}])
    except Unavailable:
        return "unavailable"
    return "served"
