"""A client that follows a branch over graphql-transport-ws."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

CHANGES = """subscription($within: ID!, $after: Int) {
    changes(within: $within, after: $after) {revision type nodeId node {name path} details principal {id}}}"""


class Follower:
    """One subscription; what it was told, and how it ended."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def next(self, seconds: float = 20) -> dict[str, Any]:
        """The next change, or the `extensions` of the error with which it ends."""
        message = json.loads(await asyncio.wait_for(self._socket.recv(), seconds))
        assert message["type"] == "next", message
        payload = message["payload"]
        return payload["errors"][0]["extensions"] if "errors" in payload else payload["data"]["changes"]

    async def told(self, count: int) -> list[tuple[int, str]]:
        """So many changes, by revision and type."""
        found = [await self.next() for _ in range(count)]
        return [(change["revision"], change["type"]) for change in found]

    async def is_quiet(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for a while."""
        try:
            raise AssertionError(await asyncio.wait_for(self._socket.recv(), seconds))
        except TimeoutError:
            return True


@asynccontextmanager
async def following(
    url: str, within: str, after: int | None = None, token: str | None = None, query: str = CHANGES
) -> AsyncGenerator[Follower]:
    """A subscription at the server of that address."""
    address = f"{url.replace('http', 'ws', 1)}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        payload = {} if token is None else {"authorization": f"Bearer {token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        asked = {"query": query, "variables": {"within": within, "after": after}}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
        yield Follower(socket)
