"""`python -m tests.live.partings`: what each transport answers when the server that it depends on goes away.

Each parting happens to subscribers of all transports at once, who have been told one change before.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.live.support.house import House, housed

CREATE = 'mutation { createStructure(slug: "partings", name: "Partings") { root { id } } }'
NAME = "mutation($id: ID!, $name: String!) { updateNode(input: {id: $id, name: $name}) { change { revision } } }"
QUERY = "subscription($within: ID!) { changes(within: $within) { revision } }"
BROKEN = "the connection breaks"
EVENT_STREAM, MULTIPART = "text/event-stream", "multipart/mixed"
SHORT = 2
"""Seconds until a token ends; it is taken for five more, as clocks differ."""

LINGERS = 2
"""Seconds for which a socket is watched when its one subscription has ended."""

Told = list[str]
"""What a subscriber was told, in order: "an event", the errors of last words, and how the connection ended."""


@dataclass(frozen=True, slots=True)
class Parting:
    """How a server goes away."""

    what: str
    happen: Callable[[House], None]
    of: Sequence[str] = ("router", "structure")
    """The servers whose subscribers it happens to."""
    lasts: float | None = None
    """Seconds for which tokens are good; None for long."""


def _signalled(name: str, number: int) -> Callable[[House], None]:
    return lambda house: os.kill(house.servers[name].pid, number)


PARTINGS = (
    Parting("the router is stopped (SIGTERM)", _signalled("router", signal.SIGTERM), ("router",)),
    Parting("the router is killed (SIGKILL)", _signalled("router", signal.SIGKILL), ("router",)),
    Parting("the subgraph is stopped (SIGTERM)", _signalled("structure", signal.SIGTERM)),
    Parting("the subgraph is killed (SIGKILL)", _signalled("structure", signal.SIGKILL)),
    Parting("the router gets another supergraph", lambda house: house.change_supergraph(), ("router",)),
    Parting("the token ends", lambda house: None, lasts=SHORT),
)


def parted(house: House, parting: Parting, root: str) -> dict[str, Told]:
    """What the subscribers of each transport were told, from the first event on."""
    transports = {name: run for name, (server, run) in TRANSPORTS.items() if server in parting.of}
    told = asyncio.run(_parted(house, parting, root, transports))
    for name in parting.of:
        house.servers[name].stop()
        house.revive(name)
    return told


def planted(house: House) -> str:
    """A structure's root."""
    return _asked(house, CREATE)["createStructure"]["root"]["id"]


def _asked(house: House, query: str, **variables: Any) -> Any:
    answer = httpx.post(
        f"{house.url('writer')}/graphql", json={"query": query, "variables": variables},
        headers={"authorization": f"Bearer {house.token}"}, trust_env=False,
    ).json()  # fmt: skip
    assert "errors" not in answer, answer
    return answer["data"]


async def _parted(
    house: House, parting: Parting, root: str, transports: Mapping[str, Callable[..., AsyncGenerator[str]]]
) -> dict[str, Told]:
    token = house.issuer.token(exp=int(time.time()) + parting.lasts) if parting.lasts else house.token
    told: dict[str, Told] = {name: [] for name in transports}

    async def listen(name: str) -> None:
        async for said in transports[name](house, token, root):
            told[name].append(said)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for name in transports:
            group.create_task(listen(name))
        while not all(told.values()):  # until each of them listens
            await asyncio.to_thread(_asked, house, NAME, id=root, name=f"Partings {uuid4()}")
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.5)
        for each in told.values():
            each[:] = each[:1]
        await asyncio.to_thread(parting.happen, house)
    return told


def _word(payload: Mapping[str, Any]) -> str:
    if not payload.get("errors"):
        return "an event"
    extensions = payload["errors"][0]["extensions"]
    return f"{extensions['code']} {extensions.get('reason', '')}".strip()


def _socket(server: str) -> Callable[..., AsyncGenerator[str]]:
    async def told(house: House, token: str, within: str) -> AsyncGenerator[str]:
        url = f"{house.url(server).replace('http', 'ws', 1)}/graphql"
        named = [Subprotocol("graphql-transport-ws")]
        async with connect(url, subprotocols=named, proxy=None, close_timeout=1) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
            await socket.recv()
            asked = {"query": QUERY, "variables": {"within": within}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
            ended = False
            try:
                while True:
                    async with asyncio.timeout(LINGERS if ended else None):
                        message = json.loads(await socket.recv())
                    ended = message["type"] == "complete"
                    yield message["type"] if ended else _word(message["payload"])
            except ConnectionClosed as closed:
                yield BROKEN if closed.rcvd is None else f"closed {closed.rcvd.code}"
            except TimeoutError:
                yield "the socket stays"

    return told


@asynccontextmanager
async def _answer(method: str, url: str, token: str, accept: str, **more: Any) -> AsyncGenerator[httpx.Response]:
    headers = {"accept": accept, "authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(5, read=60)) as http,
        http.stream(method, url, headers=headers, **more) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield answer


def _events(server: str, accept: str) -> Callable[..., AsyncGenerator[str]]:
    async def told(house: House, token: str, within: str) -> AsyncGenerator[str]:
        asked = {"query": QUERY, "variables": {"within": within}}
        async with _answer("POST", f"{house.url(server)}/graphql", token, accept, json=asked) as answer:
            try:
                async for line in answer.aiter_lines():
                    text = line.removeprefix("data:").strip()
                    if line == "event: complete":
                        yield "complete"
                    elif text.startswith("{") and (said := json.loads(text)):
                        yield _word(said.get("payload") or said)
            except httpx.HTTPError:
                yield BROKEN
            else:
                yield "the response ends"

    return told


async def _plainly(house: House, token: str, within: str) -> AsyncGenerator[str]:
    url = f"{house.url('structure')}/v1/branches/{within}/changes"
    async with _answer("GET", url, token, EVENT_STREAM) as answer:
        try:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    said = json.loads(line.removeprefix("data: "))
                    yield f"event end: {said['code']} {said['reason']}" if "code" in said else "an event"
        except httpx.HTTPError:
            yield BROKEN
        else:
            yield "the response ends"


TRANSPORTS: Mapping[str, tuple[str, Callable[..., AsyncGenerator[str]]]] = {
    "WebSocket, router": ("router", _socket("router")),
    "server-sent events, router": ("router", _events("router", EVENT_STREAM)),
    "multipart, router": ("router", _events("router", MULTIPART)),
    "WebSocket, subgraph": ("structure", _socket("structure")),
    "server-sent events, subgraph": ("structure", _events("structure", EVENT_STREAM)),
    "GET /v1/branches/{id}/changes": ("structure", _plainly),
}


def table(house: House) -> str:
    """All that happens and what is told, as docs/live.md shows it."""
    root = planted(house)
    lines = ["| what happens | over | is told |", "| --- | --- | --- |"]
    for parting in PARTINGS:
        for transport, told in parted(house, parting, root).items():
            lines.append(f"| {parting.what} | {transport} | {', then '.join(told[1:])} |")
    return "\n".join(lines)


def main() -> None:
    """Lets all of it happen and prints the table."""
    with tempfile.TemporaryDirectory(prefix="clay-partings-") as folder, housed(Path(folder)) as house:
        sys.stdout.write(f"{table(house)}\n")


if __name__ == "__main__":
    main()
