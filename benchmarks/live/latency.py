"""From a commit to its arrival through the router."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.live.scripts import listening, written
from benchmarks.live.world import World
from benchmarks.rows import Row

RATE = 100.0
SUBSCRIBERS = 200
SECONDS = 20.0
WARM = 3.0
MEDIAN, NEARLY_ALL = 20.0, 100.0


async def run(world: World) -> list[Row]:
    """200 subscribers in three forms, while 100 changes a second are committed at another process of structure."""
    everyone = [world.subscriber(world.root)] * SUBSCRIBERS
    each = [world.subscriber(branch) for branch in world.branches]
    apart = [world.subscriber(world.root, f"By{number}") for number in range(20)]
    return [
        await _measured(
            world, f"{SUBSCRIBERS} subscribers, the same subscription: all get each change", everyone, True
        ),
        await _measured(world, f"{SUBSCRIBERS} subscribers, a branch each: one gets each change", each, False),
        await _measured(world, "20 subscribers with 20 subscriptions: all get each change", apart, True),
    ]


async def _measured(world: World, what: str, subscribers: Sequence[Mapping[str, Any]], all_of_them: bool) -> Row:
    async with listening(world.url("router"), subscribers) as listeners:
        write = (world.url("writer"), world.authorization, world.leaves, RATE)
        share = 1 if all_of_them else SUBSCRIBERS
        await listeners.hears(await written(*write, WARM) // share)
        await asyncio.sleep(1)
        await listeners.reset()
        changes = await written(*write, SECONDS)
        heard = await listeners.hears(changes // share)
        assert heard.total == changes * len(subscribers) // share, f"{heard.total} events of {changes} changes"
    assert heard.age is not None
    p50, p99 = heard.age["p50"], heard.age["p99"]
    return Row(
        what, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", goal=f"p50 <= {MEDIAN:g} ms, p99 <= {NEARLY_ALL:g} ms",
        reached=p50 <= MEDIAN and p99 <= NEARLY_ALL,
        note=f"{changes / SECONDS:.0f} changes/s, {heard.total / SECONDS:,.0f} events/s; at most {heard.age['max']:.0f} ms",
    )  # fmt: skip
