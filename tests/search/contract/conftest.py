"""Every engine behind the port, fresh for each test."""

from collections.abc import AsyncIterator

import pytest
from mediaclay_search.engine import SearchBackend
from mediaclay_search.engine.embedded import running

ENGINES = {"tantivy": running}


@pytest.fixture(params=ENGINES)
async def backend(request, tmp_path) -> AsyncIterator[SearchBackend]:
    async with ENGINES[request.param](tmp_path) as engine:
        yield engine
