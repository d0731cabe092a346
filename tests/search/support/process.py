"""Search as a process of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

SERVE = """
from mediaclay_kernel.asgi import serve
from mediaclay_search import subgraph
serve(subgraph)
"""
COUNT = {"query": '{ search(query: "oak", first: 0) { totalCount lag } }'}


@asynccontextmanager
async def process(code: str, home: Path, source: str) -> AsyncGenerator[tuple[asyncio.subprocess.Process, str]]:
    """A Python process that serves search, its address, and what it says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLAY_")}
    environment |= {
        "CLAY_HOME": str(home), "CLAY_PUBLIC_READ": "true", "CLAY_SEARCH_PORT": str(port),
        "CLAY_SEARCH_SOURCE_URL": source, "CLAY_SEARCH_EMBEDDER": "none",
    }  # fmt: skip
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=environment, stderr=asyncio.subprocess.PIPE, cwd=home
    )
    try:
        yield running, f"http://127.0.0.1:{port}"
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def counted(url: str) -> tuple[int, int]:
    """How many oaks it finds, and its lag; -1 while it does not answer."""
    async with httpx.AsyncClient() as http:
        try:
            found = (await http.post(f"{url}/graphql", json=COUNT)).json()["data"]["search"]
        except httpx.TransportError:
            return -1, -1
    return found["totalCount"], found["lag"]


def all_of(count: int) -> Callable[[int, int], bool]:
    """Whether so many are found, and nothing is waiting."""
    return lambda total, lag: (total, lag) == (count, 0)


def any_of_them(total: int, _lag: int) -> bool:
    """Whether anything is found."""
    return total > 0
