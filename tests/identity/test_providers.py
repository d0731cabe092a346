"""The same tests against our provider and against another one: what differs is configuration alone."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet
from mediaclay_identity import subgraph as identity
from mediaclay_kernel.settings import Settings, load
from mediaclay_structure import subgraph as structure

from tests.identity.conftest import SERVICE_SECRET
from tests.identity.support import people
from tests.identity.support.browser import Browser
from tests.identity.support.second import second_provider
from tests.identity.support.serving import free_port, serving

SCOPE = "openid profile offline_access clay.read clay.write"
ME = "{ me { principal { id name type } scopes } }"


@dataclass
class Instance:
    """Identity and structure on real ports, and one provider in which people and robots are known."""

    http: httpx.AsyncClient
    identity: str
    structure: str
    issuer: str
    client_id: str
    robot: tuple[str, str]
    login: str
    resource: str | None

    async def metadata(self) -> dict[str, Any]:
        return (await self.http.get(f"{self.issuer}/.well-known/openid-configuration")).json()

    async def code(self, verifier: str, **more: str) -> dict[str, str]:
        """What a browser brings back to the application, after somebody has signed in and allowed it."""
        about = await self.metadata()
        query = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": people.BACK, "scope": SCOPE,
            "state": "s1", "nonce": "n1", "prompt": "consent",
            "code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256", **more,
        }  # fmt: skip
        async with httpx.AsyncClient(timeout=20) as http:  # a browser of its own, cookies and all
            browser = Browser(http, self.issuer)
            address = f"{about['authorization_endpoint']}?{urlencode(query)}"
            return await browser.allow(address, self.login, people.PASSWORD)

    async def token(self, **form: str) -> httpx.Response:
        about = await self.metadata()
        return await self.http.post(about["token_endpoint"], data={"client_id": self.client_id, **form})

    async def tokens(self) -> dict[str, Any]:
        """Everything that a sign-in gives."""
        verifier = generate_token(48)
        back = await self.code(verifier)
        assert back["state"] == "s1"
        assert back["iss"] == self.issuer  # RFC 9207
        answer = await self.redeem(back["code"], verifier)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def redeem(self, code: str, verifier: str) -> httpx.Response:
        return await self.token(
            grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=people.BACK
        )

    async def ask(self, base: str, query: str, token: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"}
        answer = (await self.http.post(f"{base}/graphql", json={"query": query}, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture(params=["ours", "another"])
async def instance(
    request: pytest.FixtureRequest, database_url: str, structure_url: str, redis_url: str
) -> AsyncGenerator[Instance]:
    one, two, three = free_port(), free_port(), free_port()
    at = f"http://127.0.0.1:{one}"
    second = f"http://127.0.0.1:{three}"
    trusted = json.dumps([{"issuer": second, "audience": "second-audience"}])
    common = {"issuer": at, "service_secret": SERVICE_SECRET, "redis_url": redis_url, "issuers": trusted}
    mine = load(Settings, database_url=database_url, **common)
    theirs = load(Settings, database_url=structure_url, **common)
    async with (
        serving(identity, mine, one) as app,
        serving(structure, theirs, two),
        httpx.AsyncClient(timeout=20) as http,
    ):
        here = f"http://127.0.0.1:{two}"
        if request.param == "another":
            async with second_provider(three):
                robot = "robot", "a-secret-of-the-second-provider"
                yield Instance(http, at, here, second, "app", robot, "ada", None)
            return
        state = app.state.running
        owner = await people.ada(state)
        client, _ = await people.application(state)
        made = await _agent(http, at, state, owner)
        yield Instance(http, at, here, at, client.client_id, made, "ada", None)


async def _agent(http: httpx.AsyncClient, at: str, state: Any, owner: Any) -> tuple[str, str]:
    from mediaclay_identity.operations.issue_token import issue_to

    token = (await issue_to(state.database.pool, state.terms, owner, "test", None)).token
    query = 'mutation { registerAgent(name: "Bot", scopes: ["clay.read"]) { clientId clientSecret } }'
    headers = {"authorization": f"Bearer {token}"}
    answer = (await http.post(f"{at}/graphql", json={"query": query}, headers=headers)).json()
    said = answer["data"]["registerAgent"]
    return said["clientId"], said["clientSecret"]


async def test_somebody_signs_in_at_a_browser_and_is_the_same_person_everywhere(instance: Instance):
    given = await instance.tokens()
    assert given["token_type"] == "Bearer"
    me = (await instance.ask(instance.identity, ME, given["access_token"]))["me"]
    assert me["principal"]["type"] == "HUMAN"
    assert me["principal"]["name"].lower().startswith("ada")
    assert {"clay.read", "clay.write"} <= set(me["scopes"])
    slug = f"s{uuid4().hex[:8]}"
    made = await instance.ask(
        instance.structure,
        f'mutation {{ createStructure(slug: "{slug}", name: "Of Ada") {{ root {{ createdBy {{ id }} }} }} }}',
        given["access_token"],
    )
    assert made["createStructure"]["root"]["createdBy"]["id"] == me["principal"]["id"]
    again = (await instance.ask(instance.identity, ME, (await instance.tokens())["access_token"]))["me"]
    assert again["principal"] == me["principal"]


async def test_the_id_token_says_who_signed_in_to_whom(instance: Instance):
    given = await instance.tokens()
    about = await instance.metadata()
    keys = KeySet.import_key_set((await instance.http.get(about["jwks_uri"])).json())
    keys = KeySet([key for key in keys.keys if key.alg == "ES256"])
    opened = jwt.decode(given["id_token"], keys, algorithms=["ES256"])
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": instance.issuer}, aud={"essential": True, "value": instance.client_id},
        nonce={"essential": True, "value": "n1"}, exp={"essential": True}, sub={"essential": True},
    )  # fmt: skip
    registry.validate(opened.claims)


async def test_an_id_token_is_no_access_token(instance: Instance):
    given = await instance.tokens()
    headers = {"authorization": f"Bearer {given['id_token']}"}
    for base in (instance.identity, instance.structure):
        answer = await instance.http.post(f"{base}/graphql", json={"query": "{ __typename }"}, headers=headers)
        assert answer.status_code == 401


async def test_userinfo_knows_them_or_refuses_by_the_book(instance: Instance):
    about = await instance.metadata()
    refused = await instance.http.get(about["userinfo_endpoint"], headers={"authorization": "Bearer garbage"})
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert "invalid_token" in refused.headers["www-authenticate"]


async def test_a_refresh_token_is_good_once_and_its_replay_ends_the_sign_in(instance: Instance):
    first = await instance.tokens()
    second = await instance.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second.status_code == 200, second.text
    assert second.json()["refresh_token"] != first["refresh_token"]
    me = (await instance.ask(instance.identity, ME, second.json()["access_token"]))["me"]
    assert me["principal"]["name"].lower().startswith("ada")
    for stale in (first["refresh_token"], second.json()["refresh_token"]):
        answer = await instance.token(grant_type="refresh_token", refresh_token=stale)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_code_is_good_once_and_with_its_own_verifier(instance: Instance):
    verifier = generate_token(48)
    code = (await instance.code(verifier))["code"]
    answer = await instance.redeem(code, generate_token(48))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    code = (await instance.code(verifier))["code"]
    given = await instance.redeem(code, verifier)
    assert given.status_code == 200
    answer = await instance.redeem(code, verifier)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    answer = await instance.token(grant_type="refresh_token", refresh_token=given.json()["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_request_without_pkce_is_refused_at_the_client(instance: Instance):
    about = await instance.metadata()
    query = {"response_type": "code", "client_id": instance.client_id, "redirect_uri": people.BACK, "scope": "openid"}
    answer = await instance.http.get(f"{about['authorization_endpoint']}?{urlencode(query)}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{people.BACK}?")
    assert "error=invalid_request" in answer.headers["location"]


async def test_an_address_that_is_not_registered_is_never_sent_to(instance: Instance):
    about = await instance.metadata()
    query = {"response_type": "code", "client_id": instance.client_id, "redirect_uri": "https://evil.example/"}
    answer = await instance.http.get(f"{about['authorization_endpoint']}?{urlencode(query)}")
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_program_gets_a_token_of_its_own(instance: Instance):
    about = await instance.metadata()
    form = {"grant_type": "client_credentials", "scope": "clay.read"}
    answer = await instance.http.post(about["token_endpoint"], data=form, auth=instance.robot)
    assert answer.status_code == 200, answer.text
    me = (await instance.ask(instance.identity, ME, answer.json()["access_token"]))["me"]
    assert me["principal"]["type"] == ("AGENT" if instance.issuer == instance.identity else "SERVICE")
    assert me["scopes"] == ["clay.read"]
    wrong = await instance.http.post(about["token_endpoint"], data=form, auth=(instance.robot[0], "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


async def test_nobody_gets_more_than_the_issuer_is_trusted_with(instance: Instance):
    if instance.issuer == instance.identity:
        pytest.skip("what our own issuer may say is not limited by configuration")
    verifier = generate_token(48)
    back = await instance.code(verifier, scope=f"{SCOPE} clay.admin")
    token = (await instance.redeem(back["code"], verifier)).json()["access_token"]
    me = (await instance.ask(instance.identity, ME, token))["me"]
    assert "clay.admin" not in me["scopes"]
