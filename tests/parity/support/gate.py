"""Both generators of operations against a subgraph: each operation goes all ways, and all must answer alike."""

from __future__ import annotations

import gc
import random

from tests.parity.support import drawing, generate
from tests.parity.support.compare import Operation, Tally
from tests.parity.support.runs import COUNT, SEED
from tests.parity.support.worlds.world import World


async def compare_ours(world: World) -> Tally:
    """Compares `COUNT` operations of our own generator. Raises `AssertionError` for the first that differs."""
    asking, chance = _Asking(world), random.Random(SEED)
    for operation in generate.operations(world.schema, world.pools, SEED, COUNT, world.depth):
        await asking.ask(operation, chance.choice(world.scopes))
    return asking.done()


async def compare_theirs(world: World) -> Tally:
    """Compares `COUNT` draws of hypothesis-graphql. Raises `AssertionError` for the smallest one that differs."""
    asking = _Asking(world)
    await drawing.each(drawing.operations(await world.sdl(), world.pools), world.scopes, asking.ask)
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
