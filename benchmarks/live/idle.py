"""What a subscription takes of memory while nothing happens."""

from __future__ import annotations

import asyncio

from benchmarks.live.scripts import listening
from benchmarks.live.world import World
from benchmarks.rows import Row, amount

SUBSCRIPTIONS = 2_000


async def run(world: World) -> list[Row]:
    """2,000 subscriptions at one process of structure, each over a connection of its own."""
    return [await _measured(world, alike) for alike in (True, False)]


async def _measured(world: World, alike: bool) -> Row:
    process = world.process("structure")
    async with listening(world.url("structure"), [world.subscriber(world.root)] * 50):
        await _open(world, 50)
    before = process.memory_full_info().uss
    nodes = [*world.branches, *world.leaves]
    subscribers = [
        world.subscriber(world.root) if alike else world.subscriber(nodes[number % len(nodes)], f"By{number // len(nodes)}")
        for number in range(SUBSCRIPTIONS)
    ]  # fmt: skip
    async with listening(world.url("structure"), subscribers):
        await _open(world, SUBSCRIPTIONS)
        each = (process.memory_full_info().uss - before) / SUBSCRIPTIONS
    await _open(world, 0)
    what = "the same subscription" if alike else "all of them different"
    return Row(f"{SUBSCRIPTIONS:,} idle subscriptions, {what}", f"{amount(each)} each", note="socket included")


async def _open(world: World, wanted: int) -> None:
    async with asyncio.timeout(60):
        while world.counted("structure")["clay_live_members"] != wanted:
            await asyncio.sleep(0.2)
