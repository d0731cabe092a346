"""A subgraph in this process behind a real server, so that clients of every sort can reach it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mediaclay_kernel.asgi import Server, configured
from mediaclay_kernel.testing import Client

from mediaclay.ports import any_free


@dataclass
class Served:
    """Where it is, and a client that goes past the network."""

    client: Client
    server: Server
    port: int

    @property
    def app(self) -> Any:
        return self.client.app

    @property
    def entry(self) -> Any:
        return self.app.state.view.entry

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """As SIGTERM does."""
        self.app.stop()
        self.server.should_exit = True


@asynccontextmanager
async def serving(client: Client) -> AsyncGenerator[Served]:
    """The client's subgraph while it is served."""
    app: Any = client.app
    port = any_free()
    server = Server(configured(app, "127.0.0.1", port))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Served(client, server, port)
    finally:
        server.should_exit = True
        await running
