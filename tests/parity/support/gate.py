"""Generated operations against a subgraph: each goes all ways, and all must answer alike."""

from __future__ import annotations

import gc
import random

from tests.parity.support import generate
from tests.parity.support.compare import Operation, Tally
from tests.parity.support.runs import COUNT, SEED
from tests.parity.support.worlds.world import World


async def compare_ours(world: World) -> Tally:
    """Compares `COUNT` operations of our own generator. Raises `AssertionError` for the first that differs."""
    asking, chance = _Asking(world), random.Random(SEED)
    for operation in generate.operations(world.schema, world.pools, SEED, COUNT, world.depth):
        await asking.ask(operation, chance.choice(world.scopes))
    return asking.done()


class _Asking:
    def __init__(self, world: World) -> None:
        self._world = world
        self._tally = Tally()
        self._differ = world.differ(self._tally)

    async def ask(self, operation: Operation, scope: str | None) -> None:
        """Asks as a caller of that scope."""
        await self._differ.compare(operation._replace(authorization=self._world.authorization(scope)))

    def done(self) -> Tally:
        """What graphql-core has left behind is collected now, while the test still expects it to."""
        gc.collect()
        return self._tally
