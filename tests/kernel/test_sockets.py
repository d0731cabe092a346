"""graphql-transport-ws, spoken to a real server, message by message."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from mediaclay_kernel import outlet, sockets
from mediaclay_kernel.testing import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.kernel.support.served import Served, serving

GROWING = "subscription($upto: Int) { growing(upto: $upto) { id size neighbour { id } } }"


@dataclass
class Line:
    """One connection."""

    raw: ClientConnection
    ids: list[str] = field(default_factory=list[str])

    async def say(self, **message: Any) -> None:
        await self.raw.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.raw.recv(), 10))

    async def init(self, **payload: Any) -> None:
        await self.say(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, query: str, own: str = "1", **variables: Any) -> None:
        await self.say(type="subscribe", id=own, payload={"query": query, "variables": variables})

    async def events(self, own: str = "1") -> list[Any]:
        """The payloads until it is complete."""
        found: list[Any] = []
        while (message := await self.hear())["type"] == "next":
            assert message["id"] == own
            found.append(message["payload"])
        assert message == {"id": own, "type": "complete"}
        return found

    async def closed(self) -> tuple[int, str]:
        """With which code and reason the other side closes it, nothing being said before."""
        with pytest.raises(ConnectionClosed) as caught:
            await self.hear()
        assert caught.value.rcvd is not None
        return caught.value.rcvd.code, caught.value.rcvd.reason


@pytest.fixture
async def served(small: Client) -> AsyncGenerator[Served]:
    async with serving(small) as made:
        yield made


@asynccontextmanager
async def speaking(served: Served, *protocols: str, **headers: str) -> AsyncGenerator[Line]:
    named = [Subprotocol(each) for each in protocols or (sockets.PROTOCOL,)]
    url = f"ws://127.0.0.1:{served.port}/graphql"
    async with connect(url, subprotocols=named, additional_headers=headers, proxy=None) as raw:
        yield Line(raw)


@pytest.fixture
async def line(served: Served) -> AsyncGenerator[Line]:
    async with speaking(served) as made:
        await made.init()
        yield made


@pytest.mark.parametrize("compiled", [True, False])
async def test_each_event_as_it_comes_and_then_the_end(served: Served, line: Line, compiled: bool):
    served.entry.compiled = compiled
    await line.subscribe(GROWING, upto=2)
    assert await line.events() == [
        {"data": {"growing": {"id": "a", "size": 0, "neighbour": {"id": "b"}}}},
        {"data": {"growing": {"id": "b", "size": 1, "neighbour": {"id": "c"}}}},
    ]
    await line.subscribe("subscription { ticks(count: 2) }")
    assert await line.events() == [{"data": {"ticks": 0}}, {"data": {"ticks": 1}}]
    assert bool(served.entry.ways.compiled) == compiled


async def test_queries_and_mutations_are_answered_once(line: Line):
    await line.subscribe("{ one { id } }")
    assert await line.events() == [{"data": {"one": {"id": "a"}}}]
    await line.subscribe("mutation { touch }")
    [answer] = await line.events()
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_several_at_once_each_under_its_id(served: Served, line: Line):
    served.client.state.gate.clear()
    for own in "ab":
        await line.subscribe(GROWING, own, upto=1)
    await line.subscribe("{ fails one { id } }", "c")
    assert (await line.hear())["id"] == "c"
    assert await line.hear() == {"id": "c", "type": "complete"}
    served.client.state.gate.set()
    heard = [await line.hear() for _ in range(4)]
    assert sorted((each["id"], each["type"]) for each in heard) == [
        ("a", "complete"), ("a", "next"), ("b", "complete"), ("b", "next"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nope }", "BAD_USER_INPUT"),
        ("subscription {", "BAD_USER_INPUT"),
        ("subscription { growing { id } other: growing { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_what_is_not_valid_is_an_error_message_and_frees_the_id(line: Line, query: str, code: str):
    await line.subscribe(query)
    refused = await line.hear()
    assert (refused["id"], refused["type"]) == ("1", "error")
    assert [error["extensions"]["code"] for error in refused["payload"]] == [code]
    await line.subscribe(GROWING, upto=1)
    assert len(await line.events()) == 1


async def test_a_variable_that_is_missing_is_told_at_once(line: Line):
    await line.subscribe("subscription($x: Int!) { growing(upto: $x) { id } }")
    [refused] = await line.events()
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_may_not_be_followed_says_why_at_its_field(line: Line):
    await line.subscribe("subscription { g: growing(upto: 99) { id } }")
    [refused] = await line.events()
    assert refused["data"] is None
    assert refused["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 6}
    assert refused["errors"][0]["path"] == ["g"]


async def test_what_breaks_off_is_masked_and_what_ends_says_why(line: Line, caplog: pytest.LogCaptureFixture):
    await line.subscribe("subscription { breaks }")
    events = await line.events()
    assert events[0] == {"data": {"breaks": 1}}
    assert events[-1]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "the inner secret" not in json.dumps(events)
    assert "the inner secret" in caplog.text
    await line.subscribe("subscription { refuses }")
    assert (await line.events())[-1]["errors"][0]["extensions"] == {"code": "NOT_FOUND", "reason": "GONE"}


async def test_who_completes_is_told_no_more_and_may_use_the_id_again(served: Served, line: Line):
    served.client.state.gate.clear()
    await line.subscribe(GROWING)
    await line.say(type="complete", id="1")
    await line.say(type="complete", id="never there")
    await line.subscribe("subscription { ticks(count: 1) }")
    served.client.state.gate.set()
    assert await line.events() == [{"data": {"ticks": 0}}]


async def test_pings_are_answered_before_and_after_the_beginning(served: Served):
    async with speaking(served) as line:
        await line.say(type="ping")
        assert await line.hear() == {"type": "pong"}
        await line.init()
        await line.say(type="pong")
        await line.say(type="ping", payload={"x": 1})
        assert await line.hear() == {"type": "pong"}


@pytest.mark.parametrize(
    ("message", "close"),
    [
        ("no json", (4400, "Message is not JSON")),
        ("[]", (4400, "Message has no type")),
        ('{"type": 1}', (4400, "Message has no type")),
        ('{"type": "nonsense"}', (4400, "Unknown message type 'nonsense'")),
        ('{"type": "subscribe", "id": "1"}', (4400, "Message subscribe lacks its id or its query")),
        ('{"type": "subscribe", "payload": {"query": "{x}"}}', (4400, "Message subscribe lacks its id or its query")),
        ('{"type": "connection_init"}', (4429, "Too many initialisation requests")),
    ],
)
async def test_bad_messages_close_the_connection_with_their_code(line: Line, message: str, close: tuple[int, str]):
    await line.raw.send(message)
    assert await line.closed() == close


async def test_the_same_id_twice_and_too_many_operations(served: Served, line: Line, monkeypatch: pytest.MonkeyPatch):
    served.client.state.gate.clear()
    await line.subscribe(GROWING)
    await line.subscribe(GROWING)
    assert await line.closed() == (4409, "Subscriber for 1 already exists")
    monkeypatch.setattr(sockets, "MOST_OPERATIONS", 1)
    async with speaking(served) as other:
        await other.init()
        await other.subscribe(GROWING, "1")
        await other.subscribe(GROWING, "2")
        assert await other.closed() == (4429, "Too many operations on one connection")


async def test_what_must_come_first(served: Served, monkeypatch: pytest.MonkeyPatch):
    async with speaking(served) as line:
        await line.subscribe(GROWING)
        assert await line.closed() == (4401, "Unauthorized")
    async with speaking(served, "graphql-ws") as line:
        assert await line.closed() == (4406, "Subprotocol not acceptable")
    monkeypatch.setattr(sockets, "INIT_WITHIN", 0.1)
    async with speaking(served) as line:
        assert await line.closed() == (4408, "Connection initialisation timeout")


async def test_the_token_comes_by_parameter_or_header_and_a_bad_one_closes(served: Served):
    token = f"Bearer {served.client.issuer.token(served.client.principal)}"
    touched = [{"data": {"touch": str(served.client.principal)}}]
    async with speaking(served) as line:
        await line.init(Authorization=token)
        await line.subscribe("mutation { touch }")
        assert await line.events() == touched
    async with speaking(served, authorization=token) as line:
        await line.init()
        await line.subscribe("mutation { touch }")
        assert await line.events() == touched
    async with speaking(served, authorization=token) as line:
        await line.say(type="connection_init", payload={"authorization": "Bearer garbage"})
        assert await line.closed() == (4401, "The access token is not valid, or has expired.")


async def test_when_the_token_ends_all_is_told_so_and_closed(served: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mediaclay_kernel.tokens.LEEWAY", 0)
    token = served.client.issuer.token(exp=int(time.time()) + 2)
    served.client.state.gate.clear()
    async with speaking(served) as line:
        await line.init(authorization=f"Bearer {token}")
        for own in "ab":
            await line.subscribe(GROWING, own)
        heard = [await line.hear() for _ in range(4)]
        for message in heard[::2]:
            assert message["payload"]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED", "reason": "EXPIRED"}
        assert [(each["id"], each["type"]) for each in heard] == [
            ("a", "next"), ("a", "complete"), ("b", "next"), ("b", "complete"),
        ]  # fmt: skip
        assert await line.closed() == (4401, "Token expired")


async def test_when_the_process_stops_all_is_told_so_and_closed(served: Served, line: Line):
    served.client.state.gate.clear()
    await line.subscribe(GROWING)
    while not served.app.state.open:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    served.stop()
    [last] = await line.events()
    assert last["errors"][0]["extensions"] == {"code": "UNAVAILABLE", "reason": "RESTART"}
    assert await line.closed() == (4205, "Restarting")


async def test_who_goes_away_leaves_nothing_behind(served: Served, caplog: pytest.LogCaptureFixture):
    served.client.state.gate.clear()
    async with speaking(served) as line:
        await line.init()
        await line.subscribe(GROWING)
    async with speaking(served) as line:
        await line.init()
        await line.subscribe(GROWING)
        line.raw.transport.abort()
    async with asyncio.timeout(10):
        while served.app.state.open:
            await asyncio.sleep(0.01)
    served.client.state.gate.set()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_who_does_not_read_is_sent_no_more_than_fits(served: Served, line: Line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outlet, "MOST_BYTES", 100)
    [socket] = served.app.state.open
    gate, sending = asyncio.Event(), socket._websocket.send_text

    async def send(text: str) -> None:
        await gate.wait()
        await sending(text)

    socket._websocket.send_text = send
    await line.subscribe("subscription { ticks(count: 1000) }")
    await asyncio.sleep(0.3)
    assert len(socket._line) < 10
    gate.set()
    assert len(await line.events()) == 1000
