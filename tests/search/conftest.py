"""Search in this process, following a small forest of trees that a real HTTP server grows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running
from mediaclay_search import subgraph

from tests.search.support.forest import Forest, served
from tests.search.support.process import counted
from tests.search.support.serving import eventually


@pytest.fixture
async def forest() -> AsyncGenerator[Forest]:
    forest = Forest()
    async with served(forest):
        yield forest


@pytest.fixture
def searching(tmp_path) -> Callable[..., Any]:
    """Starts search on a forest, on the same home whenever it is called: `async with searching(forest) as client`.

    By words alone, unless an embedder is named.
    """

    def start(forest: Forest, embedder: str = "none", **settings: Any) -> Any:
        common = load(Settings, **{"home": tmp_path, "public_read": True, **settings})
        return running(subgraph, common, source_url=forest.url, embedder=embedder)

    return start


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """See `eventually`."""
    return eventually


async def names_found(client: Client, query: str, **more: Any) -> list[str]:
    """Ids of what is found."""
    asked = (
        "query ($q: String!, $within: ID) { search(query: $q, within: $within, first: 1000) { nodes { node { id } } } }"
    )
    data = await client.data(asked, q=query, **more)
    return [hit["node"]["id"] for hit in data["search"]["nodes"]]


@pytest.fixture
def finds() -> Callable[..., Awaitable[None]]:
    """Waits until a query finds exactly these ids."""

    async def wait(client: Client, query: str, ids: list[str]) -> None:
        async def right() -> bool:
            return sorted(await names_found(client, query)) == sorted(ids)

        try:
            await eventually(right)
        except TimeoutError:
            assert sorted(await names_found(client, query)) == sorted(ids)

    return wait


@pytest.fixture
def counts(until):
    """Waits until the nodes found and the lag satisfy a condition; answers them."""

    async def wait(url: str, right: Callable[[int, int], bool]) -> tuple[int, int]:
        found = (-1, -1)

        async def is_() -> bool:
            nonlocal found
            found = await counted(url)
            return right(*found)

        await until(is_, 40)
        return found

    return wait
