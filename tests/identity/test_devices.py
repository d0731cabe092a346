"""Devices without a browser (RFC 8628)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from mediaclay_identity.oidc.grants import DEVICE
from mediaclay_kernel.testing import Client
from mediaclay_kernel.tokens import Verifier

from tests.identity.support import people
from tests.identity.support.browser import Browser


@pytest.fixture
async def browser(world: Client) -> AsyncGenerator[Browser]:
    transport = httpx.ASGITransport(world.app)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as http:
        yield Browser(http, "http://subgraph")


async def begun(world: Client, client_id: str, **form: str) -> dict[str, Any]:
    answer = await world.http.post("/oauth/device_authorization", data={"client_id": client_id, **form})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def polled(world: Client, client_id: str, device: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": DEVICE, "client_id": client_id, "device_code": device["device_code"]}
    answer = await world.http.post("/oauth/token", data=form)
    return answer.status_code, answer.json()


async def test_a_device_waits_until_somebody_allows_it(world: Client, browser: Browser, verifier: Verifier):
    ada = await people.ada(world.state)
    client, _ = await people.application(world.state, redirect_uris=[])
    device = await begun(world, client.client_id, scope="openid offline_access clay.read")
    assert device["verification_uri"] == "http://subgraph/device"
    assert device["user_code"] not in device["verification_uri"]
    assert (await polled(world, client.client_id, device))[1]["error"] == "authorization_pending"
    assert (await polled(world, client.client_id, device))[1]["error"] == "slow_down"
    await browser.go(device["verification_uri"])
    await browser.send(login="ada", password=people.PASSWORD)
    await browser.send(code=device["user_code"].lower().replace("-", " "))
    assert "An application" in browser.text
    assert device["user_code"] in browser.text
    await browser.send("allow")
    assert "Connected" in browser.text
    status, given = await polled(world, client.client_id, device)
    assert status == 200, given
    assert given["scope"] == "openid offline_access clay.read"
    assert {"id_token", "refresh_token"} <= set(given)
    assert (await verifier.principal(f"Bearer {given['access_token']}")).id == ada.id
    assert (await polled(world, client.client_id, device))[1]["error"] == "invalid_grant"


async def test_a_device_that_is_refused_gets_nothing(world: Client, browser: Browser):
    await people.ada(world.state)
    client, _ = await people.application(world.state)
    device = await begun(world, client.client_id)
    await browser.go(device["verification_uri"])
    await browser.send(login="ada", password=people.PASSWORD)
    await browser.send(code=device["user_code"])
    await browser.send("deny")
    assert (await polled(world, client.client_id, device))[1]["error"] == "access_denied"


async def test_a_code_ends_and_belongs_to_its_client(world: Client):
    client, _ = await people.application(world.state)
    other, _ = await people.application(world.state)
    device = await begun(world, client.client_id)
    assert (await polled(world, other.client_id, device))[1]["error"] == "invalid_grant"
    await world.state.database.pool.execute("UPDATE device_code SET expires_at = now()")
    assert (await polled(world, client.client_id, device))[1]["error"] == "expired_token"


async def test_whoever_guesses_codes_must_wait(world: Client, browser: Browser):
    await people.ada(world.state)
    await browser.go("http://subgraph/device")
    await browser.send(login="ada", password=people.PASSWORD)
    for _ in range(10):
        await browser.send(code="BCDFGHJK")
        assert browser.status == 404
    await browser.send(code="BCDFGHJK")
    assert browser.status == 429


async def test_an_agent_on_a_device_acts_for_who_allows_it(
    world: Client, browser: Browser, verifier: Verifier, agent: Any
):
    ada = await people.ada(world.state, "clay.read", "clay.write", "clay.approve")
    bot = await agent()
    secret = {"client_secret": bot["clientSecret"]}
    device = await begun(world, bot["clientId"], **secret)
    await browser.go(device["verification_uri"])
    await browser.send(login="ada", password=people.PASSWORD)
    await browser.send(code=device["user_code"])
    await browser.send("allow")
    form = {"grant_type": DEVICE, "client_id": bot["clientId"], "device_code": device["device_code"], **secret}
    given = (await world.http.post("/oauth/token", data=form)).json()
    principal = await verifier.principal(f"Bearer {given['access_token']}")
    assert (principal.id, [str(each) for each in principal.actors]) == (ada.id, [bot["principal"]["id"]])
    assert "clay.approve" not in principal.scopes
