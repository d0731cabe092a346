"""Those who are told, each by another transport: they write down what they hear, and come back from their last cursor."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from mediaclay.embedded import node
from tests.live.support.house import House

QUERY = "subscription($within: ID!, $after: Int) { changes(within: $within, after: $after) { revision type node { name } } }"
SCRIPT = Path(__file__).with_name("follow.mjs")


class Subscriber:
    """Follows a branch from a revision on."""

    kind = ""

    def __init__(self, house: House, token: str, within: str, after: int) -> None:
        self.house = house
        self.token = token
        self.within = within
        self.after = after
        self.told: list[int] = []
        self.ends: Counter[str] = Counter()
        """Why connections ended, and how often."""
        self.fatal: str | None = None
        self._dropping = asyncio.Event()

    @property
    def cursor(self) -> int:
        """The last revision that it was told."""
        return self.told[-1] if self.told else self.after

    def drop(self) -> None:
        """Its connection breaks, as on a train."""
        self._dropping.set()

    async def run(self) -> None:
        """Listens, and comes back, until it is cancelled."""
        while self.fatal is None:
            listening = asyncio.ensure_future(self._listen())
            dropping = asyncio.ensure_future(self._dropping.wait())
            try:
                await asyncio.wait([listening, dropping], return_when=asyncio.FIRST_COMPLETED)
                if self._dropping.is_set():
                    self._dropping.clear()
                    self.ends["dropped"] += 1
            finally:
                for task in (listening, dropping):
                    task.cancel()
                await asyncio.gather(listening, dropping, return_exceptions=True)
            await asyncio.sleep(random.random() * 0.2)

    async def _listen(self) -> None:
        try:
            async for revision in self._events():
                self._hear(revision)
        except (OSError, httpx.HTTPError, WebSocketException, TimeoutError) as error:
            self.ends[type(error).__name__] += 1

    def _hear(self, revision: int) -> None:
        if revision <= self.cursor:
            self.fatal = f"told {revision} behind {self.cursor}"
        self.told.append(revision)

    def _events(self) -> AsyncGenerator[int]:
        raise NotImplementedError

    def _end(self, errors: list[Any]) -> None:
        extensions = errors[0]["extensions"]
        self.ends[f"{extensions['code']} {extensions.get('reason', '')}".strip()] += 1
        if extensions["code"] not in {"UNAVAILABLE"}:
            self.fatal = json.dumps(errors)


class BySocket(Subscriber):
    """Over a WebSocket, through the router or straight from the subgraph."""

    def __init__(self, server: str, *given: Any) -> None:
        super().__init__(*given)
        self.kind = f"graphql-transport-ws at the {server}"
        self._server = server

    async def _events(self) -> AsyncGenerator[int]:
        url = f"{self.house.url(self._server).replace('http', 'ws', 1)}/graphql"
        named = [Subprotocol("graphql-transport-ws")]
        async with connect(url, subprotocols=named, proxy=None, open_timeout=5, close_timeout=0.1) as socket:
            await socket.send(
                json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
            )
            await socket.recv()
            asked = {"query": QUERY, "variables": {"within": self.within, "after": self.cursor}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] != "next":
                    return
                if "errors" in message["payload"]:
                    self._end(message["payload"]["errors"])
                    return
                revision = message["payload"]["data"]["changes"]["revision"]
                assert message["payload"]["extensions"]["cursor"] == revision
                yield revision


class ByEvents(Subscriber):
    """By server-sent events, through the router or straight from the subgraph."""

    def __init__(self, server: str, *given: Any) -> None:
        super().__init__(*given)
        self.kind = f"server-sent events at the {server}"
        self._server = server

    async def _events(self) -> AsyncGenerator[int]:
        asked = {"query": QUERY, "variables": {"within": self.within, "after": self.cursor}}
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {self.token}"}
        url = f"{self.house.url(self._server)}/graphql"
        async for data in _events_of("POST", url, headers, json=asked):
            if "errors" in data:
                self._end(data["errors"])
                return
            yield data["data"]["changes"]["revision"]


class ByHttp(Subscriber):
    """By the plain stream beside GraphQL."""

    kind = "GET /v1/branches/{id}/changes"

    async def _events(self) -> AsyncGenerator[int]:
        headers = {"last-event-id": str(self.cursor), "authorization": f"Bearer {self.token}"}
        url = f"{self.house.url('structure')}/v1/branches/{self.within}/changes"
        async for data in _events_of("GET", url, headers):
            if "code" in data:
                self._end([{"extensions": data}])
                return
            yield data["revision"]


class ByClient(Subscriber):
    """The client in JavaScript, which comes back by itself."""

    kind = "the client in JavaScript, through the router"

    def drop(self) -> None:
        """It decides by itself when to connect."""

    async def _events(self) -> AsyncGenerator[int]:
        asked = {
            "url": f"{self.house.url('router')}/graphql",
            "within": self.within,
            "after": self.cursor,
            "token": self.token,
        }
        process = await asyncio.create_subprocess_exec(
            node.binary(), SCRIPT, json.dumps(asked), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                said = json.loads(line)
                if "error" in said:
                    self.fatal = line.decode()
                    return
                yield said["cursor"]
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _events_of(method: str, url: str, headers: dict[str, str], **more: Any) -> AsyncGenerator[dict[str, Any]]:
    timeout = httpx.Timeout(5, read=30)
    async with (
        httpx.AsyncClient(trust_env=False, timeout=timeout) as http,
        http.stream(method, url, headers=headers, **more) as answer,
    ):
        if answer.status_code != 200:
            body = json.loads(await answer.aread())
            yield body
            return
        async for line in answer.aiter_lines():
            if line.startswith("data:") and (text := line.removeprefix("data:").strip()):
                yield json.loads(text)
