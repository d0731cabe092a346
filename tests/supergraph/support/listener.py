"""One subscription through the router, over a WebSocket."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.supergraph.support.instance import Instance


class Listener:
    """What is told, one after the other."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def next(self, seconds: float = 10) -> dict[str, Any]:
        """The next event; raises `TimeoutError` where none comes."""
        until = time.monotonic() + seconds
        while True:
            message = json.loads(self._socket.recv(max(until - time.monotonic(), 0.01)))
            if message["type"] == "next":
                return message["payload"]
            assert message["type"] != "complete", "it has ended"


@contextmanager
def listening(instance: Instance, token: str, query: str, **variables: Any) -> Generator[Listener]:
    """A subscription as long as it is listened to. It has begun when the servers have, a moment later."""
    url = instance.graphql.replace("http", "ws", 1)
    with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        assert json.loads(socket.recv(10))["type"] == "connection_ack"
        asked = {"query": query, "variables": variables}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": asked}))
        time.sleep(1)
        yield Listener(socket)
