"""A short run of the oracle; `python -m tests.access.oracle` has the long one."""

from __future__ import annotations

import pytest

from tests.access.oracle import oracle

STEPS = 150


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_way_to_read_agrees_with_a_plain_model(database: str, seed: int) -> None:
    async with oracle(database, seed) as made:
        for number in range(1, STEPS + 1):
            await made.step(number)
    assert made.counts["granted"] > STEPS / 10
    assert made.counts["moved"] > STEPS / 20
