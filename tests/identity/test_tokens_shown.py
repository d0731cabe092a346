"""Introspection, revocation, and resources: what is said of a token, and to whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from mediaclay_identity import subgraph
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running

from tests.identity.support import people
from tests.identity.support.browser import Browser


async def signed_in(world: Client, client_id: str, **more: str) -> dict[str, Any]:
    """What a sign-in gives a public application."""
    verifier = generate_token(48)
    query = {
        "response_type": "code", "client_id": client_id, "redirect_uri": people.BACK, "code_challenge_method": "S256",
        "scope": "openid offline_access clay.read", "code_challenge": create_s256_code_challenge(verifier), **more,
    }  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app), base_url="http://subgraph") as http:  # pyright: ignore
        browser = Browser(http, "http://subgraph")
        back = await browser.allow(f"http://subgraph/oauth/authorize?{urlencode(query)}", "ada", people.PASSWORD)
    form = {
        "grant_type": "authorization_code", "code": back["code"], "code_verifier": verifier, "client_id": client_id,
        "redirect_uri": people.BACK,
    }  # fmt: skip
    answer = await world.http.post("/oauth/token", data=form)
    assert answer.status_code == 200, answer.text
    return answer.json()


SERVICE = ("services", "test%2Bsecret%2Fwith%252B%3Aand%3D32-characters")


async def test_services_are_told_what_a_token_says_and_strangers_are_not(world: Client, agent: Any):
    ada = await people.ada(world.state)
    client, _ = await people.application(world.state)
    given, bot = await signed_in(world, client.client_id), await agent()
    form = {"token": given["access_token"]}
    said = (await world.http.post("/oauth/introspect", data=form, auth=SERVICE)).json()
    assert (said["active"], said["sub"], said["client_id"]) == (True, str(ada.id), client.client_id)
    other = {"client_id": bot["clientId"], "client_secret": bot["clientSecret"]}
    assert (await world.http.post("/oauth/introspect", data={**form, **other})).json() == {"active": False}
    public = {"client_id": client.client_id}
    assert (await world.http.post("/oauth/introspect", data={**form, **public})).status_code == 401
    assert (await world.http.post("/oauth/introspect", data={"token": "x"}, auth=SERVICE)).json() == {"active": False}


async def test_a_revoked_refresh_token_ends_its_sign_in_and_an_unknown_one_is_no_error(world: Client):
    await people.ada(world.state)
    client, _ = await people.application(world.state)
    other, _ = await people.application(world.state)
    given = await signed_in(world, client.client_id)
    mine = {"client_id": client.client_id}
    refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], **mine}

    async def revoke(token: str, client_id: str = client.client_id) -> httpx.Response:
        return await world.http.post("/oauth/revoke", data={"token": token, "client_id": client_id})

    assert (await revoke("unknown")).status_code == 200
    assert (await revoke(given["refresh_token"], other.client_id)).status_code == 200
    refreshed = (await world.http.post("/oauth/token", data=refresh)).json()
    access = await revoke(refreshed["access_token"])
    assert (access.status_code, access.json()["error"]) == (400, "unsupported_token_type")
    assert (await revoke(refreshed["refresh_token"])).status_code == 200
    again = {**refresh, "refresh_token": refreshed["refresh_token"]}
    assert (await world.http.post("/oauth/token", data=again)).json()["error"] == "invalid_grant"


async def test_a_token_for_a_resource_is_good_there_alone(settings: Settings):
    resource = "https://other.example/graph"
    async with running(subgraph, settings, resources=f"{resource} https://third.example/") as world:
        await people.ada(world.state)
        client, _ = await people.application(world.state)
        given = await signed_in(world, client.client_id, resource=resource)
        said = (await world.http.post("/oauth/introspect", data={"token": given["access_token"]}, auth=SERVICE)).json()
        assert said["active"] is True
        bearer = {"authorization": f"Bearer {given['access_token']}"}
        assert (await world.http.get("/oauth/userinfo", headers=bearer)).status_code == 401
        refresh = {
            "grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": client.client_id,
            "resource": "https://third.example/",
        }  # fmt: skip
        assert (await world.http.post("/oauth/token", data=refresh)).json()["error"] == "invalid_target"


@pytest.mark.parametrize("scope", ["clay.read clay.write", "openid clay.admin"])
async def test_a_refresh_never_gives_more_than_was_allowed(world: Client, scope: str):
    await people.ada(world.state)
    client, _ = await people.application(world.state)
    given = await signed_in(world, client.client_id)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": client.client_id}
    assert (await world.http.post("/oauth/token", data={**form, "scope": scope})).json()["error"] == "invalid_scope"
    less = await world.http.post("/oauth/token", data={**form, "scope": "clay.read"})
    assert less.json()["scope"] == "clay.read"
