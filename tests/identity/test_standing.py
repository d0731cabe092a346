"""Who was disabled, or signed out, is refused from the next request on, in every process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
import websockets
from mediaclay_identity import subgraph as identity
from mediaclay_identity.operations.issue_token import issue_to
from mediaclay_identity.store import principals
from mediaclay_kernel.settings import Settings, load
from mediaclay_structure import subgraph as structure

from tests.identity.conftest import SERVICE_SECRET
from tests.identity.support import people
from tests.identity.support.serving import free_port, serving

READ = "{ structures { totalCount } }"
DISABLE = "mutation ($id: ID!) { disablePrincipal(id: $id) { id } }"


class House:
    def __init__(self, http: httpx.AsyncClient, ports: dict[str, int], state: Any) -> None:
        self.http, self.ports, self.state = http, ports, state

    async def token(self, person: Any) -> str:
        return (await issue_to(self.state.database.pool, self.state.terms, person, "test", None)).token

    async def administrator(self) -> str:
        return await self.token(
            (await principals.built_in(self.state.database.pool, ["administrator"]))["administrator"]
        )

    async def ask(self, name: str, query: str, token: str, **variables: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{self.ports[name]}/graphql"
        return await self.http.post(url, json={"query": query, "variables": variables}, headers=headers)


@pytest.fixture
async def house(
    database_url: str, structure_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[House]:
    ports = {"identity": free_port(), "structure": free_port()}
    at = f"http://127.0.0.1:{ports['identity']}"
    common = {"issuer": at, "service_secret": SERVICE_SECRET, "redis_url": redis_url, "standing_seconds": 2}
    async with (
        serving(identity, load(Settings, database_url=database_url, **common), ports["identity"]) as app,
        serving(structure, load(Settings, database_url=structure_url, **common), ports["structure"]),
        httpx.AsyncClient(timeout=10) as http,
    ):
        yield House(http, ports, app.state.running)


async def test_the_token_of_a_disabled_principal_is_refused_on_the_next_request_everywhere(house: House):
    ada = await people.ada(house.state)
    token, admin = await house.token(ada), await house.administrator()
    for name in house.ports:
        assert (await house.ask(name, "{ __typename }", token)).status_code == 200
    assert (await house.ask("identity", DISABLE, admin, id=str(ada.id))).json()["data"]
    for name in house.ports:
        answer = await house.ask(name, "{ __typename }", token)
        assert answer.status_code == 401, name
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await house.ask(name, "{ __typename }", admin)).status_code == 200


async def test_agents_of_a_disabled_human_are_refused_with_them(house: House):
    ada = await people.ada(house.state)
    token, admin = await house.token(ada), await house.administrator()
    register = (
        'mutation { registerAgent(name: "Bot", scopes: ["clay.read"]) { principal { id } clientId clientSecret } }'
    )
    bot = (await house.ask("identity", register, token)).json()["data"]["registerAgent"]
    form = {"grant_type": "client_credentials", "client_id": bot["clientId"], "client_secret": bot["clientSecret"]}
    url = f"http://127.0.0.1:{house.ports['identity']}/oauth/token"
    own = (await house.http.post(url, data=form)).json()["access_token"]
    assert (await house.ask("structure", READ, own)).status_code == 200
    await house.ask("identity", DISABLE, admin, id=str(ada.id))
    for name in house.ports:
        assert (await house.ask(name, "{ __typename }", own)).status_code == 401
    assert (await house.http.post(url, data=form)).status_code == 401


async def test_its_open_subscriptions_end_within_a_second(house: House):
    ada = await people.ada(house.state)
    token, admin = await house.token(ada), await house.administrator()
    create = 'mutation { createStructure(slug: "watched", name: "Watched") { root { id } } }'
    root = (await house.ask("structure", create, token)).json()["data"]["createStructure"]["root"]["id"]
    url = f"ws://127.0.0.1:{house.ports['structure']}/graphql"
    async with websockets.connect(url, subprotocols=["graphql-transport-ws"]) as socket:  # pyright: ignore
        await socket.send(f'{{"type":"connection_init","payload":{{"authorization":"Bearer {token}"}}}}')
        assert "connection_ack" in str(await socket.recv())
        query = f'subscription {{ changes(within: \\"{root}\\") {{ revision }} }}'
        await socket.send(f'{{"id":"1","type":"subscribe","payload":{{"query":"{query}"}}}}')
        await asyncio.sleep(0.3)
        began = time.monotonic()
        disabled = (await house.ask("identity", DISABLE, admin, id=str(ada.id))).json()
        assert "errors" not in disabled, disabled
        said: list[str] = []
        with contextlib.suppress(websockets.ConnectionClosedError):
            async with asyncio.timeout(5):
                async for each in socket:
                    said.append(str(each))
        assert time.monotonic() - began < 1
        assert socket.close_code == 4401
        assert any("UNAUTHENTICATED" in each for each in said), said


async def test_where_it_can_not_be_known_the_answer_is_no(database_url: str, structure_url: str, redis_url: str):
    ports = {"identity": free_port(), "structure": free_port()}
    at = f"http://127.0.0.1:{ports['identity']}"
    common = {"issuer": at, "service_secret": SERVICE_SECRET, "redis_url": redis_url, "standing_seconds": 2}
    theirs = load(Settings, database_url=structure_url, **common, public_read=True)
    async with serving(structure, theirs, ports["structure"]), httpx.AsyncClient(timeout=10) as http:
        async with serving(identity, load(Settings, database_url=database_url, **common), ports["identity"]) as app:
            house = House(http, ports, app.state.running)
            token = await house.token(await people.ada(house.state))
            assert (await house.ask("structure", READ, token)).status_code == 200
        deadline = time.monotonic() + 15
        while (answer := await house.ask("structure", READ, token)).status_code == 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        public = await http.post(f"http://127.0.0.1:{ports['structure']}/graphql", json={"query": READ})
        assert public.json()["data"]["structures"] is not None
        async with serving(identity, load(Settings, database_url=database_url, **common), ports["identity"]):
            while (await house.ask("structure", READ, token)).status_code != 200:
                assert time.monotonic() < deadline + 15
                await asyncio.sleep(0.2)
