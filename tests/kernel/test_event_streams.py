"""Subscriptions by server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from mediaclay_kernel import event_streams
from mediaclay_kernel.testing import Client

from tests.kernel.support.served import Served, serving

GROWING = "subscription { growing(upto: 2) { id } }"
END = "event: complete\ndata:"


@pytest.fixture
async def served(small: Client) -> AsyncGenerator[Served]:
    async with serving(small) as made:
        yield made


@pytest.fixture
async def http(served: Served) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=20) as made:
        yield made


def asking(query: str, token: str | None = None, **more: Any) -> dict[str, Any]:
    headers = {"accept": "text/event-stream"} | ({} if token is None else {"authorization": f"Bearer {token}"})
    return {"json": {"query": query}, "headers": headers, **more}


def payloads(text: str) -> list[Any]:
    blocks = text.strip("\n").split("\n\n")
    assert blocks[-1] == END
    return [json.loads(block.removeprefix("event: next\ndata: ")) for block in blocks[:-1] if block != ":"]


@pytest.mark.parametrize("compiled", [True, False])
async def test_each_event_as_it_comes_and_then_the_end(served: Served, http: httpx.AsyncClient, compiled: bool):
    served.entry.compiled = compiled
    answer = await http.post("/graphql", **asking(GROWING))
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "\r" not in answer.text
    assert payloads(answer.text) == [{"data": {"growing": {"id": "a"}}}, {"data": {"growing": {"id": "b"}}}]


async def test_by_get_too_but_nothing_is_changed_by_one(http: httpx.AsyncClient):
    headers = {"accept": "text/event-stream"}
    answer = await http.get("/graphql", params={"query": GROWING}, headers=headers)
    assert len(payloads(answer.text)) == 2
    refused = await http.get("/graphql", params={"query": "mutation { touch }"}, headers=headers)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_query_is_answered_once(http: httpx.AsyncClient):
    answer = await http.post("/graphql", **asking("{ one { id } }"))
    assert payloads(answer.text) == [{"data": {"one": {"id": "a"}}}]


@pytest.mark.parametrize("query", ["subscription { nope }", "subscription { growing(upto: 99) { id } }", "{"])
async def test_what_can_not_begin_is_an_answer_and_no_stream(http: httpx.AsyncClient, query: str):
    answer = await http.post("/graphql", **asking(query))
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["errors"]


async def test_a_bad_token_and_a_batch_are_refused(http: httpx.AsyncClient):
    assert (await http.post("/graphql", **asking(GROWING, "garbage"))).status_code == 401
    batch = await http.post("/graphql", json=[{"query": GROWING}], headers={"accept": "text/event-stream"})
    assert batch.status_code == 400


async def test_a_comment_now_and_then_where_nothing_happens(
    served: Served, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(event_streams, "HEARTBEAT", 0.05)
    served.client.state.gate.clear()
    async with http.stream("POST", "/graphql", **asking(GROWING)) as answer:
        chunks = answer.aiter_text()
        assert await anext(chunks) == ":\n\n"
        served.client.state.gate.set()
        text = "".join([chunk async for chunk in chunks])
    assert len(payloads(text)) == 2


async def test_when_the_token_ends_and_when_the_process_stops_it_has_a_last_word(
    served: Served, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mediaclay_kernel.tokens.LEEWAY", 0)
    served.client.state.gate.clear()
    token = served.client.issuer.token(exp=int(time.time()) + 2)
    ended = await http.post("/graphql", **asking(GROWING, token))
    assert payloads(ended.text)[-1]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED", "reason": "EXPIRED"}
    asked = asyncio.create_task(http.post("/graphql", **asking(GROWING)))
    while not served.app.state.open:
        await asyncio.sleep(0.01)
    served.stop()
    assert payloads((await asked).text)[-1]["errors"][0]["extensions"] == {"code": "UNAVAILABLE", "reason": "RESTART"}


async def test_who_goes_away_leaves_nothing_behind(
    served: Served, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
):
    served.client.state.gate.clear()
    async with http.stream("POST", "/graphql", **asking(GROWING)):
        assert len(served.app.state.open) == 1
    async with asyncio.timeout(10):
        while served.app.state.open:
            await asyncio.sleep(0.01)
    served.client.state.gate.set()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
