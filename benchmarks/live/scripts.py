"""The scripts that listen and write, in Node.js, so that they take as little as may be of the machine that is measured."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mediaclay.embedded import node

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Heard:
    """What subscribers heard."""

    total: int
    fewest: int
    """By the one who heard fewest."""
    most: int
    seconds: float
    """From the first to the last."""
    age: Mapping[str, float] | None
    """Milliseconds (p50, p99, max) from the moment that the changelog gives a change; None where no event tells it."""


class Listeners:
    """A process with many subscribers."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def heard(self) -> Heard:
        """Since the last `reset`. Raises `AssertionError` where a connection broke or a subscription was refused."""
        said = await self._ask("report")
        assert not said["failed"], said["failed"]
        return Heard(said["total"], said["fewest"], said["most"], said["seconds"], said["age"])

    async def hears(self, fewest: int, seconds: float = 60) -> Heard:
        """Waits until everybody heard so many."""
        async with asyncio.timeout(seconds):
            while (said := await self.heard()).fewest < fewest:
                await asyncio.sleep(0.05)
        return said

    async def reset(self) -> None:
        """Forgets what was heard."""
        await self._ask("reset")

    async def _ask(self, word: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n".encode())
        return orjson.loads(await self._process.stdout.readline())


@asynccontextmanager
async def listening(url: str, subscribers: Sequence[Mapping[str, Any]]) -> AsyncGenerator[Listeners]:
    """Subscribers, each `{query, variables, authorization}`, that have asked; they hear when the servers have answered."""
    process = await _run("listen.mjs", {"url": url.replace("http", "ws", 1), "subscribers": subscribers})
    try:
        assert process.stdout is not None
        async with asyncio.timeout(120):
            assert orjson.loads(await process.stdout.readline()) == {"ready": len(subscribers)}
        yield Listeners(process)
    finally:
        process.kill()
        await process.wait()


async def written(url: str, authorization: str, nodes: Sequence[str], rate: float, seconds: float) -> int:
    """Renames nodes, so often each second and for so long; answers how often. Raises `AssertionError` if one failed."""
    process = await _run(
        "write.mjs",
        {
            "url": url, "authorization": authorization, "nodes": nodes, "rate": rate, "seconds": seconds,
        },
    )  # fmt: skip
    out, _ = await process.communicate(b"")  # which closes its input
    said = orjson.loads(out)
    assert not said["failed"], said["failed"]
    return said["written"]


async def _run(script: str, given: Mapping[str, Any]) -> Process:
    process = await asyncio.create_subprocess_exec(node.binary(), HERE / script, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    process.stdin.write(orjson.dumps(given) + b"\n")
    await process.stdin.drain()
    return process
