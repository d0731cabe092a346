"""Applications on real ports, and patience."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, contextmanager, suppress
from inspect import isawaitable
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self):
        yield  # they are pytest's


@asynccontextmanager
async def serving(app: Starlette, lifespan: Literal["on", "off"] = "off") -> AsyncGenerator[str]:
    """An application on a free port of 127.0.0.1; its address."""
    config = uvicorn.Config(app, port=0, lifespan=lifespan, ws="none", log_config=None, timeout_graceful_shutdown=0)
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started)
        [sock] = server.servers[0].sockets
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = lifespan == "off"
        with suppress(asyncio.CancelledError):
            await task


async def eventually(what: Callable[[], Any], seconds: float = 20) -> None:
    """Waits until `what`, awaited if need be, is true."""
    async with asyncio.timeout(seconds):
        while not (await found if isawaitable(found := what()) else found):
            await asyncio.sleep(0.02)
