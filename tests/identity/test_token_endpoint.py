"""The client credentials grant (RFC 6749, 4.4), as clients meet it."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client
from mediaclay_kernel.tokens import ServiceTokens, Verifier

Ask = Callable[..., Awaitable[httpx.Response]]
Agent = Callable[..., Awaitable[dict[str, Any]]]
FORM = "application/x-www-form-urlencoded"


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def refusal(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) == {"error", "error_description"}
    return response.status_code, response.json()["error"]


async def test_an_agent_gets_a_token_of_its_own(world: Client, agent: Agent, ask_token: Ask, verifier: Verifier):
    bot = await agent()
    response = await ask_token(bot["clientId"], bot["clientSecret"])
    body = response.json()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert {name: body[name] for name in body if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "clay.read clay.write",
    }
    principal = await verifier.principal(f"Bearer {body['access_token']}")
    assert (str(principal.id), principal.type) == (bot["principal"]["id"], PrincipalType.AGENT)
    assert principal.scopes == {"clay.read", "clay.write"}


async def test_http_basic_is_as_good_as_the_form(world: Client, agent: Agent):
    bot = await agent()
    response = await world.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        headers=basic(bot["clientId"], bot["clientSecret"]),
    )
    assert response.status_code == 200


async def test_our_services_get_theirs_through_the_kernel(world: Client, settings: Settings, verifier: Verifier):
    headers = await ServiceTokens(settings, world.http).headers()
    principal = await verifier.principal(headers["Authorization"])
    assert (principal.type, principal.scopes) == (PrincipalType.SERVICE, {"clay.read", "clay.internal"})


async def test_our_services_get_none_for_another_secret(world: Client, settings: Settings):
    other = load(Settings, **settings.model_dump() | {"service_secret": "x" * 40})
    with pytest.raises(Unavailable):
        await ServiceTokens(other, world.http).headers()


async def test_a_client_may_ask_for_less_than_it_holds(agent: Agent, ask_token: Ask, verifier: Verifier):
    bot = await agent()
    body = (await ask_token(bot["clientId"], bot["clientSecret"], scope="clay.read")).json()
    assert body["scope"] == "clay.read"
    assert (await verifier.principal(f"Bearer {body['access_token']}")).scopes == {"clay.read"}


@pytest.mark.parametrize("scope", ["clay.admin", "clay.read clay.admin", "openid"])
async def test_a_client_gets_nothing_when_it_asks_for_more_than_it_holds(agent: Agent, ask_token: Ask, scope: str):
    bot = await agent()
    assert refusal(await ask_token(bot["clientId"], bot["clientSecret"], scope=scope)) == (400, "invalid_scope")


async def test_an_agent_never_holds_more_than_its_human(world: Client, human: Any, agent: Agent, ask_token: Ask):
    ada = await human("Ada", "clay.read", "clay.write")
    bot = await agent(ada.id)
    await world.state.database.pool.execute("UPDATE principal SET scopes = '{clay.read}' WHERE id = $1", ada.id)
    assert (await ask_token(bot["clientId"], bot["clientSecret"])).json()["scope"] == "clay.read"
    asked = await ask_token(bot["clientId"], bot["clientSecret"], scope="clay.write")
    assert refusal(asked) == (400, "invalid_scope")


async def test_whoever_does_not_authenticate_learns_only_that(agent: Agent, ask_token: Ask):
    bot = await agent()
    wrong = [
        await ask_token(bot["clientId"], "wrong"),
        await ask_token(bot["clientId"], bot["clientSecret"][:-1]),
        await ask_token("nobody", bot["clientSecret"]),
        await ask_token("services", bot["clientSecret"]),
        await ask_token("a\0b", bot["clientSecret"]),
    ]
    assert {refusal(response) for response in wrong} == {(401, "invalid_client")}
    assert {response.text for response in wrong} == {wrong[0].text}
    assert all(response.headers["www-authenticate"].startswith("Basic ") for response in wrong)


async def test_a_disabled_agent_gets_no_new_token(world: Client, agent: Agent, ask_token: Ask):
    bot = await agent()
    assert (await ask_token(bot["clientId"], bot["clientSecret"])).status_code == 200
    await world.data("mutation ($id: ID!) { disablePrincipal(id: $id) { id } }", id=bot["principal"]["id"])
    assert refusal(await ask_token(bot["clientId"], bot["clientSecret"])) == (401, "invalid_client")


async def test_agents_of_a_disabled_human_get_no_new_token(world: Client, human: Any, agent: Agent, ask_token: Ask):
    ada = await human()
    bot = await agent(ada.id)
    await world.data("mutation ($id: ID!) { disablePrincipal(id: $id) { id } }", id=str(ada.id))
    assert refusal(await ask_token(bot["clientId"], bot["clientSecret"])) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&client_id=%FF", "invalid_request"),
        ("grant_type=client_credentials&scope=" + "x" * 33_000, "invalid_request"),
    ],
)
async def test_a_request_that_is_none_is_refused(world: Client, body: str, error: str):
    response = await world.http.post("/oauth/token", content=body, headers={"content-type": FORM})
    assert refusal(response)[1] == error
    assert response.status_code == (413 if len(body) > 33_000 else 400)


async def test_json_is_no_form(world: Client):
    response = await world.http.post("/oauth/token", json={"grant_type": "client_credentials"})
    assert refusal(response) == (400, "invalid_request")


async def test_a_client_authenticates_in_one_way_only(world: Client, agent: Agent):
    bot = await agent()
    form = {"grant_type": "client_credentials", "client_secret": bot["clientSecret"]}
    headers = basic(bot["clientId"], bot["clientSecret"])
    assert refusal(await world.http.post("/oauth/token", data=form, headers=headers)) == (400, "invalid_request")
    other = {"grant_type": "client_credentials", "client_id": "services"}
    assert refusal(await world.http.post("/oauth/token", data=other, headers=headers)) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic ", "Basic !!!", "Basic YWJj", "Bearer abc", "Basic /w=="])
async def test_a_broken_authorization_header_authenticates_nobody(world: Client, header: str):
    response = await world.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"authorization": header}
    )
    assert refusal(response) == (401, "invalid_client")


async def test_tokens_are_asked_for_by_post(world: Client):
    assert (await world.http.get("/oauth/token")).status_code == 405
