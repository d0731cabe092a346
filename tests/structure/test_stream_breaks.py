"""Streams over a real socket: what a client sees of one that breaks, and what is left of one that it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from mediaclay_structure.formats.line import NodeLine

from mediaclay.ports import any_free
from tests.structure.test_streaming import took_in

NODES = 3_000
TEXT = "x" * 8_000  # 24 MB in all: more than the buffers of any socket hold
READING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY (%' AND state = 'active'"
KILL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY (%'"
)


@asynccontextmanager
async def served(world: Any) -> AsyncGenerator[httpx.AsyncClient]:
    """The subgraph behind a socket."""
    port = any_free()
    app = world.client.http._transport.app
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None))
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.02)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=world.client.headers()) as http:
        yield http
    server.should_exit = True
    await task


async def filled(world: Any) -> list[UUID]:
    ids = [uuid4() for _ in range(NODES)]
    await took_in(world, [
        NodeLine(id=own, kind="k", name="n", slug=f"n-{number}", properties={"text": TEXT})
        for number, own in enumerate(ids)
    ])  # fmt: skip
    return ids


async def streams(world: Any) -> int:
    return await world.client.state.database.pool.fetchval(READING)


async def test_a_stream_whose_database_goes_away_is_cut_and_can_be_gone_on_with(world: Any) -> None:
    ids = await filled(world)
    held = bytearray()

    async def read(http: httpx.AsyncClient) -> None:
        async with http.stream("GET", f"/v1/branches/{world.root}.ndjson") as answer:
            assert answer.status_code == 200
            async for block in answer.aiter_bytes():
                if not held:
                    await world.client.state.database.pool.execute(KILL)
                held.extend(block)

    async with served(world) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await read(http)
        whole = bytes(held[: held.rindex(b"\n") + 1])
        assert 0 < whole.count(b"\n") < NODES
        last = whole.splitlines()[-1][7:43].decode()
        rest = await http.get(f"/v1/branches/{world.root}.ndjson", params={"after": last})
    lines = (whole + rest.content).splitlines()
    assert [line[7:43].decode() for line in lines] == [str(own) for own in ids]


async def test_a_client_that_goes_away_leaves_nothing_behind(world: Any) -> None:
    await filled(world)
    async with served(world) as http:
        async with http.stream("GET", f"/v1/branches/{world.root}.ndjson") as answer:
            blocks = answer.aiter_bytes()  # held: the connection is closed with the last reference to it
            await anext(blocks)
            assert await streams(world) == 1  # it waits for the client, and has not read all
        async with asyncio.timeout(20):
            while await streams(world):
                await asyncio.sleep(0.05)
        assert not world.client.state.streams.locked()
        assert (await http.get(f"/v1/branches/{world.root}.ndjson")).content.count(b"\n") == NODES


async def test_a_client_that_goes_away_is_no_outage(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    await filled(world)
    async with served(world) as http:
        for _ in range(5):
            async with http.stream("GET", f"/v1/branches/{world.root}.ndjson") as answer:
                blocks = answer.aiter_bytes()
                await anext(blocks)
                await asyncio.sleep(0.1)  # the buffers fill; the service waits
    # The server has ended all that it was asked.
    assert [record for record in caplog.records if record.name.startswith("mediaclay")] == []


async def test_no_more_streams_than_connections_can_be_spared(world: Any) -> None:
    await filled(world)
    async with served(world) as http:
        held = [http.stream("GET", f"/v1/branches/{world.root}.ndjson") for _ in range(3)]
        answers = [await each.__aenter__() for each in held]
        assert [each.status_code for each in answers] == [200] * 3
        refused = await http.get(f"/v1/branches/{world.root}.ndjson")
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        for each in held:
            await each.__aexit__(None, None, None)


async def test_an_import_whose_client_goes_away_keeps_its_whole_batches(world: Any) -> None:
    lines = [b'{"kind":"k","name":"n","slug":"n-%d"}\n' % number for number in range(12_000)]

    async def cut_off() -> AsyncIterator[bytes]:
        for begin in range(0, 12_000, 500):
            yield b"".join(lines[begin : begin + 500])
        await asyncio.sleep(3)
        raise ConnectionError("the client goes away")

    async with served(world) as http:
        with pytest.raises(ConnectionError):
            await http.post(f"/v1/branches/{world.root}.ndjson", content=cut_off())
        async with asyncio.timeout(20):
            while await world.revision() < 2:
                await asyncio.sleep(0.05)
    count = await world.client.state.database.pool.fetchval("SELECT count(*) FROM node WHERE slug LIKE 'n-%'")
    assert (count, await world.revision()) == (10_000, 2)
