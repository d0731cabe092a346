"""The table of bad tokens, at real subgraphs that know the issuer by its published keys alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from mediaclay_identity import signing
from mediaclay_identity import subgraph as identity
from mediaclay_identity.store import keys, principals
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.tokens import PASETO
from mediaclay_structure import subgraph as structure

from tests.identity.conftest import SERVICE_SECRET
from tests.identity.support.bad_tokens import AGENT, BAD, Workshop
from tests.identity.support.serving import free_port, serving

ASKED = {"identity": "{ me { scopes } }", "structure": "{ structures { nodes { id } } }"}


@dataclass
class House:
    """Identity and structure, each on a port of its own."""

    http: httpx.AsyncClient
    urls: dict[str, str]
    shop: Workshop
    asked_for_keys: list[str]

    async def ask(self, name: str, token: str | None) -> httpx.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": ASKED[name]}
        accept = {"accept": "application/graphql-response+json"}
        return await self.http.post(f"{self.urls[name]}/graphql", json=body, headers=headers | accept)


@pytest.fixture
async def house(database_url: str, structure_url: str, redis_url: str) -> AsyncGenerator[House]:
    ports = {name: free_port() for name in ASKED}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    common = {"issuer": urls["identity"], "service_secret": SERVICE_SECRET, "redis_url": redis_url}
    mine, theirs = (
        load(Settings, database_url=database_url, **common),
        load(Settings, database_url=structure_url, **common),
    )
    async with (
        serving(identity, mine, ports["identity"]) as app,
        serving(structure, theirs, ports["structure"]),
        httpx.AsyncClient(timeout=10) as http,
    ):
        pool = app.state.running.database.pool
        es256, paseto = await keys.signing(pool), await keys.signing(pool, PASETO)
        assert es256 is not None
        assert paseto is not None
        administrator = (await principals.built_in(pool, ["administrator"]))["administrator"]
        yield House(http, urls, Workshop(es256, paseto, urls["identity"], str(administrator.id)), [])


async def test_each_bad_token_is_refused_with_the_right_answer_by_each_subgraph(house: House):
    for name in ASKED:
        for good in (house.shop.good(), house.shop.good_paseto(), house.shop.good(act={"sub": AGENT})):
            answer = await house.ask(name, good)
            assert answer.status_code == 200, answer.text
        wrong: dict[str, Any] = {}
        for what, make in BAD.items():
            answer = await house.ask(name, make(house.shop))
            seen = (
                answer.status_code, answer.headers.get("www-authenticate"),
                [each["extensions"]["code"] for each in answer.json()["errors"]], "data" in answer.json(),
            )  # fmt: skip
            if seen != (401, 'Bearer error="invalid_token"', ["UNAUTHENTICATED"], False):
                wrong[what] = seen
        assert wrong == {}, name


async def test_unknown_kids_can_not_be_used_to_hammer_the_issuer(house: House, monkeypatch: pytest.MonkeyPatch):
    assert (await house.ask("structure", house.shop.good())).status_code == 200
    asked: list[str] = []
    get = httpx.AsyncClient.get

    async def counted(self: httpx.AsyncClient, url: Any, **options: Any) -> httpx.Response:
        if "jwks" in str(url):
            asked.append(str(url))
        return await get(self, url, **options)

    monkeypatch.setattr(httpx.AsyncClient, "get", counted)
    made = [house.shop.good(signing.new_key()) for _ in range(40)]
    made += [house.shop.good(signing.new_key(PASETO)) for _ in range(40)]
    answers = await asyncio.gather(*(house.ask("structure", token) for token in made))
    assert {answer.status_code for answer in answers} == {401}
    assert len(asked) <= 1


async def test_no_refusal_tells_the_token_or_why_it_was_refused(house: House, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    said: set[str] = set()
    for make in BAD.values():
        token = make(house.shop)
        answer = await house.ask("structure", token)
        said.add(answer.json()["errors"][0]["message"])
        if len(token) > 20:
            assert token not in answer.text
            assert token not in caplog.text
    assert said == {"The access token is not valid, or has expired."}
