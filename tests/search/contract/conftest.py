"""Every engine behind the port, fresh for each test.

Meilisearch is a server that runs where MEILI_URL names it (and MEILI_KEY its key): then the whole suite runs on it. Where it
does not, a stand-in takes the tests of pages, places, writes, conditions and rebuilds, which shows that our requests fit together.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from mediaclay_search.engine import SearchBackend, meili
from mediaclay_search.engine.embedded import running

from tests.search.support.meili import StandIn
from tests.search.support.serving import serving

MEILI_URL = os.environ.get("MEILI_URL")
RANKS_ITSELF = {"test_words.py"}
"""What only a real engine can be asked: which words are found, and in which order."""


@asynccontextmanager
async def _embedded(home: Path) -> AsyncGenerator[SearchBackend]:
    async with running(home) as engine:
        yield engine


@asynccontextmanager
async def _meilisearch(_: Path) -> AsyncGenerator[SearchBackend]:
    assert MEILI_URL is not None
    async with meili.running(MEILI_URL, os.environ.get("MEILI_KEY"), f"test-{uuid4().hex}") as engine:
        yield engine


@asynccontextmanager
async def _stand_in(_: Path) -> AsyncGenerator[SearchBackend]:
    async with serving(StandIn().app()) as url, meili.running(url, "key", "test") as engine:
        yield engine


ENGINES = {
    "tantivy": _embedded,
    **({"meilisearch": _meilisearch} if MEILI_URL else {"meilisearch-stand-in": _stand_in}),
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly what was not asked."""
    if not MEILI_URL:
        terminalreporter.section("NOT RUN: the search suite on a real Meilisearch", red=True)
        terminalreporter.line(
            "MEILI_URL names no server: a stand-in took the tests that do not depend on how it ranks."
        )


@pytest.fixture(params=ENGINES)
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SearchBackend]:
    if request.param == "meilisearch-stand-in" and Path(request.node.path).name in RANKS_ITSELF:
        pytest.skip("NOT RUN: MEILI_URL names no server, and a stand-in can't show how Meilisearch ranks.")
    async with ENGINES[request.param](tmp_path) as engine:
        yield engine
