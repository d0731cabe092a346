"""Subgraphs on real ports of this machine, in this process: nothing between them is replaced."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mediaclay_kernel.asgi import App, Server, build_app, configured
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.subgraph import Subgraph


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return made.getsockname()[1]


@asynccontextmanager
async def serving(subgraph: Subgraph, settings: Settings, port: int, **own: Any) -> AsyncGenerator[App]:
    """A subgraph at http://127.0.0.1:`port`, as `clay serve` runs it."""
    app = build_app(subgraph, settings, load(subgraph.settings_class(), port=port, **own))
    server = Server(configured(app, "127.0.0.1", port))
    async with app.router.lifespan_context(app):
        task = asyncio.create_task(server.serve())
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            yield app
        finally:
            app.stop()
            server.should_exit = True
            await task
