"""Thousands of random operations: the compiled plan answers what Strawberry answers, byte for byte."""

from __future__ import annotations

import gc
import os

import pytest
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import running

from tests.parity.support import hostile
from tests.parity.support.compare import Differ, Tally
from tests.parity.support.generate import operations

COUNT = int(os.environ.get("CLAY_TEST_PARITY_OPERATIONS", "300"))
# graphql-core drops what it has begun under a null that came up early.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SEED = int(os.environ.get("CLAY_TEST_PARITY_SEED", "1"))


async def test_where_everything_fails_in_every_way(capsys: pytest.CaptureFixture[str]):
    tally = Tally()
    async with running(hostile.subgraph, Settings(public_read=True)) as client:
        differ = Differ(client.app, tally)
        for operation in operations(hostile.schema._schema, hostile.POOLS, SEED, COUNT):
            await differ.compare(operation)
    gc.collect()  # while the marks above still hold
    with capsys.disabled():
        print(f"\nhostile: {tally}")
    assert tally.compiled > 0.9 * tally.compared
