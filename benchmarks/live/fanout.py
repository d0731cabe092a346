"""One change to many: how often it is written, and how many events a second come of it, beside a plain subscription."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import orjson
import psutil
import redis.asyncio as redis

from benchmarks.live.plain import CHANNEL
from benchmarks.live.scripts import Listeners, listening
from benchmarks.live.world import World
from benchmarks.rows import Row
from mediaclay.ports import any_free
from mediaclay.processes.program import Program
from mediaclay.processes.server import Server
from mediaclay.programs import answers

SUBSCRIBERS = 1_000
ROUNDS = 7
CHANGES = 50
BETWEEN = 100
"""Subscribers of each of the two that are compared."""
PLAIN = {"query": "subscription { changes { revision type nodeId } }", "variables": {}, "authorization": None}


@dataclass(frozen=True, slots=True)
class _Round:
    """Events a second, and processor seconds for each event."""

    rate: float
    cpu: float


async def run(world: World) -> list[Row]:
    """One change to 1,000 subscribers of one process; then bursts to 100, in turn with the plain subscription."""
    return [await _one_to_many(world), await _beside(world)]


async def _one_to_many(world: World) -> Row:
    async with listening(world.url("structure"), [world.subscriber(world.root)] * SUBSCRIBERS) as listeners:
        await world.rename(1)
        await listeners.hears(1)
        await listeners.reset()
        before = world.counted("structure")
        await world.rename(1)
        heard = await listeners.hears(1)
        after = world.counted("structure")
    written_ = after["clay_live_rendered_total"] - before["clay_live_rendered_total"]
    assert heard.total == SUBSCRIBERS
    assert heard.age is not None
    return Row(
        f"one change to {SUBSCRIBERS:,} subscribers of one process", f"written {written_:.0f} time", goal="once",
        reached=written_ == 1, note=f"the last heard it {heard.age['max']:.0f} ms after the commit",
    )  # fmt: skip


async def _beside(world: World) -> Row:
    cache = world.house.servers["valkey"].url
    with _plain(world, cache) as (url, process):
        client: Any = redis.Redis.from_url(cache)  # pyright: ignore
        async with (
            client,
            listening(world.url("structure"), [_alike(world)] * BETWEEN) as ours,
            listening(url, [PLAIN] * BETWEEN) as plain,
        ):
            rounds = [(await _ours(world, ours), await _theirs(client, plain, process)) for _ in range(ROUNDS + 1)][1:]
    first, second = ([each[form] for each in rounds] for form in (0, 1))
    rate = median(a.rate / b.rate for a, b in rounds)
    return Row(
        f"bursts of {CHANGES} changes to {BETWEEN} subscribers, against plain Strawberry over redis pub/sub",
        f"{median(each.rate for each in first):,.0f} events/s", f"{median(each.rate for each in second):,.0f} events/s",
        f"{rate:.1f} x", note=(
            f"{median(each.cpu for each in first) * 1e6:.0f} µs of the server's processor an event against "
            f"{median(each.cpu for each in second) * 1e6:.0f}; ours come from the changelog, with a cursor each"
        ),
    )  # fmt: skip


def _alike(world: World) -> dict[str, Any]:
    return {
        "query": "subscription($within: ID!) { changes(within: $within) { revision type nodeId } }",
        "variables": {"within": world.root}, "authorization": world.authorization,
    }  # fmt: skip


async def _ours(world: World, listeners: Listeners) -> _Round:
    return await _burst(world.process("structure"), listeners, world.rename(CHANGES))


async def _theirs(client: Any, listeners: Listeners, process: psutil.Process) -> _Round:
    async def publish() -> None:
        pipe = client.pipeline(transaction=False)
        for number in range(CHANGES):
            said = {"revision": number, "type": "NODE_UPDATED", "node_id": "01900000-0000-7000-8002-000000000000"}
            pipe.publish(CHANNEL, orjson.dumps(said))
        await pipe.execute()

    return await _burst(process, listeners, publish())


async def _burst(process: psutil.Process, listeners: Listeners, happening: Any) -> _Round:
    await listeners.reset()
    before = process.cpu_times()
    await happening
    heard = await listeners.hears(CHANGES)
    after = process.cpu_times()
    assert heard.total == CHANGES * BETWEEN
    taken = after.user + after.system - before.user - before.system
    return _Round(heard.total / heard.seconds, taken / heard.total)


@contextmanager
def _plain(world: World, cache: str) -> Generator[tuple[str, psutil.Process]]:
    port = any_free()
    url = f"http://127.0.0.1:{port}"
    argv = (sys.executable, "-m", "benchmarks.live.plain", str(port), cache)
    program = Program("plain", argv, dict(os.environ), ready=answers(f"{url}/?query=%7Bready%7D"))
    with Server(program, f"{url}/", world.house.home / "logs" / "plain.log").start() as server:
        yield server.url, psutil.Process(server.pid)
