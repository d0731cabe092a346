"""The subgraphs that the gate asks generated operations, each with data in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import clay_weather
import mediaclay_identity
import mediaclay_structure
import pytest

from tests.parity.support.worlds import hostile, identity, search, structure, weather
from tests.parity.support.worlds.world import World

Opened = AbstractAsyncContextManager[World]
Opening = Callable[[Callable[..., str], Path], Opened]

WORLDS: dict[str, Opening] = {
    "hostile": lambda _database, _home: hostile.opened(),
    "structure": lambda database, _home: structure.opened(database(mediaclay_structure.subgraph)),
    "search": lambda _database, home: search.opened(home),
    "identity": lambda database, _home: identity.opened(database(mediaclay_identity.subgraph)),
    "weather": lambda database, _home: weather.opened(database(clay_weather.subgraph)),
}


@pytest.fixture(params=WORLDS)
def opened(request: pytest.FixtureRequest, new_database: Callable[..., str], tmp_path: Path) -> Opened:
    """Each of the worlds, to be entered."""
    return WORLDS[request.param](new_database, tmp_path)
