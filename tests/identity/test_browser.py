"""A real browser signs in, by keyboard alone; an agent then acts for that person, and the change names both."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from mediaclay_identity import subgraph as identity
from mediaclay_identity.oidc.exchange import ACCESS, EXCHANGE
from mediaclay_kernel.settings import Settings, load
from mediaclay_structure import subgraph as structure

from tests.identity.conftest import SERVICE_SECRET
from tests.identity.support import people
from tests.identity.support.chromium import application, browsing
from tests.identity.support.serving import free_port, serving

SHOTS = os.environ.get("CLAY_TEST_SCREENSHOTS")
"""The folder where pictures of what the browser shows are put."""


@dataclass
class House:
    http: httpx.AsyncClient
    issuer: str
    structure: str
    state: Any

    async def ask(self, base: str, query: str, token: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"}
        answer = (await self.http.post(f"{base}/graphql", json={"query": query}, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture
async def house(database_url: str, structure_url: str, redis_url: str) -> AsyncGenerator[House]:
    one, two = free_port(), free_port()
    issuer = f"http://localhost:{one}"  # a name, as passkeys want it
    common = {"issuer": issuer, "service_secret": SERVICE_SECRET, "redis_url": redis_url}
    async with (
        serving(identity, load(Settings, database_url=database_url, **common), one) as app,
        serving(structure, load(Settings, database_url=structure_url, **common), two),
        httpx.AsyncClient(timeout=20) as http,
    ):
        yield House(http, issuer, f"http://127.0.0.1:{two}", app.state.running)


async def shoot(tab: Any, name: str) -> None:
    if SHOTS:
        await tab.screenshot(Path(SHOTS) / f"{name}.png")


async def test_somebody_signs_in_by_keyboard_and_an_agent_acts_for_them(house: House):
    ada = await people.ada(house.state)
    verifier = generate_token(48)
    async with application() as (back, came), browsing() as tab:
        client, _ = await people.application(house.state, redirect_uris=["http://127.0.0.1/back"])
        query = {
            "response_type": "code", "client_id": client.client_id, "redirect_uri": back, "state": "s1",
            "scope": "openid clay.read clay.write", "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        await tab.go(f"{house.issuer}/oauth/authorize?{urlencode(query)}")
        await tab.until("document.activeElement?.id === 'login'")  # it can be typed at once
        await tab.type("ada")
        await tab.press("Tab")
        await tab.type(people.PASSWORD)
        await shoot(tab, "sign-in")
        await tab.press("Enter")
        await tab.until("document.querySelector('h1')?.textContent === 'Allow An application?'")
        await shoot(tab, "consent")
        await tab.press("Tab")
        assert await tab.value("document.activeElement.value") == "allow"
        await tab.press("Enter")
        await tab.until("document.title === 'Signed in'")
        await shoot(tab, "signed-in")
        told = dict(parse_qsl(urlsplit(await came).query))
        assert tab.complaints == []
    assert (told["state"], told["iss"]) == ("s1", house.issuer)
    form = {
        "grant_type": "authorization_code", "code": told["code"], "code_verifier": verifier, "redirect_uri": back,
        "client_id": client.client_id,
    }  # fmt: skip
    token = (await house.http.post(f"{house.issuer}/oauth/token", data=form)).json()["access_token"]
    register = 'mutation { registerAgent(name: "Bot", scopes: ["clay.read", "clay.write"]) { principal { id } clientId clientSecret } }'
    bot = (await house.ask(house.issuer, register, token))["registerAgent"]
    exchange = {
        "grant_type": EXCHANGE, "client_id": bot["clientId"], "client_secret": bot["clientSecret"],
        "subject_token": token, "subject_token_type": ACCESS,
    }  # fmt: skip
    acting = (await house.http.post(f"{house.issuer}/oauth/token", data=exchange)).json()["access_token"]
    create = 'mutation { createStructure(slug: "garden", name: "Garden") { id } }'
    await house.ask(house.structure, create, acting)
    read = '{ structure(slug: "garden") { changes { nodes { principal { id } actors { id } } } } }'
    [change] = (await house.ask(house.structure, read, token))["structure"]["changes"]["nodes"]
    assert change == {"principal": {"id": str(ada.id)}, "actors": [{"id": bot["principal"]["id"]}]}


async def test_somebody_adds_a_passkey_and_signs_in_by_it(house: House):
    await people.ada(house.state)
    async with browsing() as tab:
        await tab.call("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        await tab.call("WebAuthn.addVirtualAuthenticator", options=options)
        await tab.go(f"{house.issuer}/account")
        await tab.until("document.activeElement?.id === 'login'")
        await tab.type("ada")
        await tab.press("Tab")
        await tab.type(people.PASSWORD)
        await tab.press("Enter")
        await tab.until("document.querySelector('#passkey-add')?.hidden === false")
        await tab.value("document.querySelector('#passkey-add button').click()")
        await tab.until("document.body.textContent.includes('The passkey was added.')")
        await shoot(tab, "account")
        await tab.value("document.querySelector('button[value=sign_out]').click()")
        await tab.until("document.querySelector('#passkey-sign-in')?.hidden === false")
        await tab.value("document.querySelector('#passkey-sign-in button').click()")
        await tab.until("document.body.textContent.includes('You are signed in as')")
        assert tab.complaints == []
    methods = await house.state.database.pool.fetch("SELECT method FROM browser_session ORDER BY began_at")
    assert [row[0] for row in methods] == ["hwk"]
    used = await house.state.database.pool.fetch("SELECT sign_count, used_at IS NOT NULL AS used FROM passkey")
    assert [row["used"] for row in used] == [True]
