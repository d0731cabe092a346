"""Generated operations: the compiled plan answers what Strawberry answers, byte for byte, by paths and at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.parity.conftest import Opened
from tests.parity.support.compare import Tally
from tests.parity.support.gate import compare_ours, compare_theirs
from tests.parity.support.runs import COUNT, SEED
from tests.parity.support.summary import PROPERTY
from tests.parity.support.worlds.world import World

# graphql-core drops what it has begun under a null that came up early.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
Record = Callable[[str, World, Tally], None]


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    """Shows the counts of a world, and holds them to what can be expected of it."""

    def show(generator: str, world: World, tally: Tally) -> None:
        record_property(PROPERTY, f"{world.name}, {generator}, seed {SEED}: {tally}")
        assert tally.compared >= COUNT
        assert tally.compiled > 0.7 * tally.compared
        assert tally.at_once >= world.at_once * tally.compared
        assert tally.with_data > world.with_data * tally.compared
        assert tally.with_errors > 0

    return show


async def test_operations_of_our_own_are_answered_alike(opened: Opened, record: Record):
    async with opened as world:
        record("our own generator", world, await compare_ours(world))


async def test_operations_of_hypothesis_graphql_are_answered_alike(opened: Opened, record: Record):
    async with opened as world:
        record("hypothesis-graphql", world, await compare_theirs(world))
