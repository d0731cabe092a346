"""The short way past ASGI: the same answers, whatever form a request comes in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from mediaclay_kernel import wire
from mediaclay_kernel.testing import Client

from tests.kernel.support.served import Served, serving

THINGS = "{ things(first: 2) { id } }"
ANSWER = {"data": {"things": [{"id": "a"}, {"id": "b"}]}}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Line:
    """A connection, and what is sent and read on it byte for byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return Answer(int(first.split()[1]), headers, await self.reader.readexactly(int(headers["content-length"])))

    async def ask(self, raw: bytes) -> Answer:
        self.writer.write(raw)
        return await self.read()

    async def is_closed(self) -> bool:
        return await self.reader.read() == b""


@asynccontextmanager
async def lined(served: Served) -> AsyncGenerator[Line]:
    made = Line(*await asyncio.open_connection("127.0.0.1", served.port))
    try:
        yield made
    finally:
        made.writer.close()


def post(query: str = THINGS, *more: str, body: bytes | None = None, path: str = "/graphql") -> bytes:
    own = json.dumps({"query": query}).encode() if body is None else body
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(own)}", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + own


@pytest.fixture
async def world(small: Client) -> AsyncGenerator[Served]:
    async with serving(small) as served:
        yield served


async def compiled(line: Line) -> None:
    for _ in range(2):  # the first time it is not compiled, and goes the long way
        assert (await line.ask(post())).json == ANSWER


async def test_the_same_connection_takes_the_long_way_and_then_the_short_one(world: Served, monkeypatch: Any):
    long: list[int] = []
    monkeypatch.setattr(wire.Wire, "_take_the_long_way", _counting(long, wire.Wire._take_the_long_way))
    async with lined(world) as line:
        answers = [await line.ask(post()) for _ in range(4)]
    assert [answer.json for answer in answers] == [ANSWER] * 4
    assert len({tuple(sorted({**answer.headers, "date": ""}.items())) for answer in answers}) == 1
    assert answers[0].headers["content-type"] == "application/json; charset=utf-8"
    assert len(long) == 1
    assert sum(world.entry.ways.ordinary.values()) == 1  # looked at once, not once on each way
    assert world.entry.ways.compiled == 3


def _counting(calls: list[int], method: Any) -> Any:
    def counted(self: Any) -> None:
        calls.append(1)
        method(self)

    return counted


async def test_requests_that_do_not_wait_for_each_other_are_answered_in_their_order(world: Served):
    async with lined(world) as line:
        await compiled(line)
        other = "{ one { id } }"
        line.writer.write(post() + post(other) + post() + post("{ nope }") + post(other))
        answers = [(await line.read()).json for _ in range(5)]
    assert answers[0] == answers[2] == ANSWER
    assert answers[1] == answers[4] == {"data": {"one": {"id": "a"}}}
    assert answers[3]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_request_may_come_in_pieces(world: Served):
    async with lined(world) as line:
        await compiled(line)
        for byte in post():
            line.writer.write(bytes([byte]))
            await line.writer.drain()
        assert (await line.read()).json == ANSWER


async def test_a_large_body_and_a_chunked_one_are_read_whole(world: Served):
    async with lined(world) as line:
        await compiled(line)
        padded = json.dumps({"query": THINGS, "extensions": {"x": "y" * (wire.MOST + 1000)}}).encode()
        assert (await line.ask(post(body=padded))).json == ANSWER
        body = json.dumps({"query": THINGS}).encode()
        head = (
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:9], body[9:]))
        assert (await line.ask(head + chunks + b"0\r\n\r\n")).json == ANSWER


async def test_what_is_not_of_the_plainest_form_is_answered_all_the_same(world: Served):
    async with lined(world) as line:
        await compiled(line)
        assert (await line.ask(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")).json == {"status": "alive"}
        got = await line.ask(b"GET /graphql?query=%7Bone%7Bid%7D%7D HTTP/1.1\r\nHost: x\r\n\r\n")
        assert got.json == {"data": {"one": {"id": "a"}}}
        assert (await line.ask(post(path="/graphql?x=1"))).json == ANSWER
        line.writer.write(post(THINGS, "Expect: 100-continue"))
        assert await line.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await line.read()).json == ANSWER
        assert (await line.ask(post(THINGS, "Connection: close"))).json == ANSWER
        assert await line.is_closed()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (post(body=b"no json"), 400, "BAD_USER_INPUT"),
        (post(body=b"[1"), 400, "BAD_USER_INPUT"),
        (post(THINGS, "Authorization: Bearer bad"), 401, "UNAUTHENTICATED"),
        (post(THINGS, "Authorization: Basic x"), 401, "UNAUTHENTICATED"),
    ],
)
async def test_refusals_are_the_same_and_leave_the_connection_open(world: Served, raw: bytes, status: int, code: str):
    async with lined(world) as line:
        await compiled(line)
        answer = await line.ask(raw)
        assert (answer.status, answer.json["errors"][0]["extensions"]["code"]) == (status, code)
        assert (await line.ask(post())).json == ANSWER


async def test_a_token_is_verified_on_the_long_way_and_known_on_the_short_one(world: Served):
    token = f"Authorization: Bearer {world.client.issuer.token(world.client.principal)}"
    async with lined(world) as line:
        assert [(await line.ask(post(THINGS, token))).json for _ in range(3)] == [ANSWER] * 3
        touched = (await line.ask(post("mutation { touch }", token))).json
        assert touched == {"data": {"touch": str(world.client.principal)}}


async def test_a_client_that_leaves_before_its_answer_is_no_fault(world: Served, caplog: pytest.LogCaptureFixture):
    async with lined(world) as line:
        await compiled(line)
    for _ in range(20):
        async with lined(world) as line:
            line.writer.write(post())
    async with lined(world) as line:
        assert (await line.ask(post())).json == ANSWER
    assert caplog.records == []


async def test_who_does_not_read_is_not_written_to_without_bound(world: Served):
    async with lined(world) as line:
        await compiled(line)
        [connection] = world.server.server_state.connections
        flow: Any = connection.flow  # pyright: ignore[reportAttributeAccessIssue]
        flow.pause_writing()
        line.writer.write(post())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(line.read(), 0.2)
        flow.resume_writing()
        assert (await line.read()).json == ANSWER


async def test_what_is_under_way_is_answered_when_the_process_is_told_to_stop(world: Served):
    async with lined(world) as line:
        await compiled(line)
        world.client.state.gate.clear()
        line.writer.write(post())
        while not world.server.server_state.tasks:
            await asyncio.sleep(0.01)
        world.server.should_exit = True
        await asyncio.sleep(0.3)
        world.client.state.gate.set()
        assert (await line.read()).json == ANSWER
        assert await line.is_closed()


async def test_what_nobody_foresaw_is_an_error_and_a_log_line(
    world: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async with lined(world) as line:
        await compiled(line)
        monkeypatch.setattr("mediaclay_kernel.entry.encode", _broken)
        answer = await line.ask(post())
        assert (answer.status, answer.json["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
        assert "the inner secret" not in answer.body.decode()
        assert "the inner secret" in caplog.text
        monkeypatch.undo()
        assert (await line.ask(post())).json == ANSWER


def _broken(_: object) -> bytes:
    raise ZeroDivisionError("the inner secret")


async def test_a_head_that_comes_again_is_not_parsed_again(world: Served, monkeypatch: pytest.MonkeyPatch):
    parsed: list[bytes] = []
    method = wire.Wire.on_header

    def counted(self: Any, name: bytes, value: bytes) -> None:
        parsed.append(name)
        method(self, name, value)

    monkeypatch.setattr(wire.Wire, "on_header", counted)
    async with lined(world) as line:
        await compiled(line)
        before = len(parsed)
        assert [(await line.ask(post())).json for _ in range(3)] == [ANSWER] * 3
        assert len(parsed) == before
        longer = post(body=json.dumps({"query": THINGS, "variables": {}}).encode())
        assert (await line.ask(longer)).json == ANSWER
        assert len(parsed) == before
        # A document that has no plan yet goes the long way, looked at once.
        ordinary = sum(world.entry.ways.ordinary.values())
        assert (await line.ask(post("{ one { id } }"))).json == {"data": {"one": {"id": "a"}}}
        assert sum(world.entry.ways.ordinary.values()) == ordinary + 1
        assert (await line.ask(post(THINGS, "X-More: 1"))).json == ANSWER
        assert (await line.ask(post())).json == ANSWER


async def test_a_body_that_looks_like_a_request_is_a_body(world: Served):
    async with lined(world) as line:
        await compiled(line)
        inner = post()
        head = post(body=b" " * len(inner)).removesuffix(b" " * len(inner))
        line.writer.write(head)
        await line.writer.drain()
        await asyncio.sleep(0.1)
        answer = await line.ask(inner)
        assert (answer.status, answer.json["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
        assert (await line.ask(post())).json == ANSWER


async def test_an_idle_connection_is_closed_and_one_that_is_used_now_and_then_is_not(world: Served):
    world.server.config.timeout_keep_alive = 1
    async with lined(world) as line:
        for _ in range(4):  # the first look at it falls between two of these
            assert (await line.ask(post())).json == ANSWER
            await asyncio.sleep(0.4)
        began = asyncio.get_running_loop().time()
        assert await asyncio.wait_for(line.is_closed(), 10)
        assert asyncio.get_running_loop().time() - began > 0.2
