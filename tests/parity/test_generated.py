"""Thousands of random operations: the compiled plan answers what Strawberry answers, byte for byte, by paths and at once.

`CLAY_TEST_PARITY_OPERATIONS` says how many for each schema, `CLAY_TEST_PARITY_SEED` which.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from mediaclay_identity import subgraph as identity
from mediaclay_identity.store import principals
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph as structure

from tests.parity.support import hostile
from tests.parity.support.compare import Differ, Tally
from tests.parity.support.generate import Pools, operations
from tests.parity.support.worlds import people_pools, plant

COUNT = int(os.environ.get("CLAY_TEST_PARITY_OPERATIONS", "150"))
SEED = int(os.environ.get("CLAY_TEST_PARITY_SEED", "1"))
# graphql-core drops what it has begun under a null that came up early.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


async def compare(client: Client, pools: Pools, depth: int = 5, authorization: str | None = None) -> Tally:
    """Compares `COUNT` operations. Raises `AssertionError` for the first that differs."""
    tally = Tally()
    assert client.app is not None
    differ = Differ(client.app, tally)
    schema: Any = differ.view.schema
    for operation in operations(schema._schema, pools, SEED, COUNT, depth):
        await differ.compare(operation._replace(authorization=authorization))
    gc.collect()  # while the marks above still hold
    return tally


async def test_where_everything_fails_in_every_way(record: Callable[[str, Tally], None]):
    async with running(hostile.subgraph, Settings(public_read=True)) as client:
        record("hostile", await compare(client, hostile.POOLS))


async def test_structure(trees: str, record: Callable[[str, Tally], None]):
    async with running(structure, load(Settings, database_url=trees, public_read=True)) as client:
        client.state.prepared.most = 10 * COUNT
        tally = await compare(client, await plant(client))
        record("structure", tally)
        assert tally.at_once > 0.05 * COUNT


@pytest.mark.parametrize("scope", [None, "clay.read", "clay.write"])
async def test_identity(people: str, record: Callable[[str, Tally], None], scope: str | None):
    async with running(identity, load(Settings, database_url=people)) as client:
        found = await principals.built_in(client.state.database.pool, ["administrator"])
        client.principal = found["administrator"].id
        register = 'mutation { registerAgent(name: "Bot", scopes: ["clay.read"]) { principal { id } } }'
        agent = (await client.data(register))["registerAgent"]["principal"]["id"]
        page = await client.data("{ principals { edges { cursor } } }")
        pools = people_pools([agent, str(client.principal)], [edge["cursor"] for edge in page["principals"]["edges"]])
        token = scope and f"Bearer {client.issuer.token(client.principal, scope=scope)}"
        record(f"identity, {scope}", await compare(client, pools, 4, token))


@pytest.fixture
def trees(new_database: Callable[..., str]) -> str:
    """A database for structure."""
    return new_database(structure)


@pytest.fixture
def people(new_database: Callable[..., str]) -> str:
    """A database for identity."""
    return new_database(identity)


@pytest.fixture
def record(capsys: pytest.CaptureFixture[str]) -> Callable[[str, Tally], None]:
    """Shows the counts of a schema, and holds them to what can be expected of it."""

    def show(name: str, tally: Tally) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{name}: {tally}\n")
        assert tally.compared == COUNT
        assert tally.compiled > 0.8 * COUNT
        assert tally.with_errors > 0

    return show
