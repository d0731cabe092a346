"""Identity as a whole instance has it: through the router, by the commands of `clay`, with logs that hold no secret."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from mediaclay_identity.records import KeyRecord

from tests.identity.support.bad_tokens import BAD, Workshop
from tests.identity.support.browser import Browser
from tests.supergraph.support.instance import Instance

pytestmark = pytest.mark.xdist_group("supergraph")
PASSWORD = "a sentence that nobody else has typed"
BACK = "https://app.example/back"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


def issuer(instance: Instance) -> str:
    return f"http://127.0.0.1:{instance.ports['identity']}"


def rows(instance: Instance, query: str) -> list[Any]:
    async def read() -> list[Any]:
        driver: Any = asyncpg
        connection = await driver.connect(instance.database, server_settings={"search_path": "identity"})
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    return asyncio.run(read())


@pytest.fixture
def shop(instance: Instance) -> Workshop:
    query = "SELECT kid, private, algorithm FROM signing_key WHERE retired_at IS NULL ORDER BY algorithm"
    es256, paseto = (KeyRecord(row[0], json.loads(row[1]), row[2]) for row in rows(instance, query))
    [administrator] = rows(instance, "SELECT id FROM principal WHERE built_in = 'administrator'")
    return Workshop(es256, paseto, issuer(instance), str(administrator[0]))


def test_each_bad_token_is_refused_by_the_router_with_the_right_answer(instance: Instance, shop: Workshop):
    accept = {"accept": "application/graphql-response+json"}
    for good in (shop.good(), shop.good_paseto()):
        answer = instance.data("{ me { scopes } structures { totalCount } }", good)
        assert answer["me"]["scopes"] == ["clay.read", "clay.write"]
    wrong: dict[str, Any] = {}
    for what, make in BAD.items():
        answer = instance.post("{ me { scopes } }", {"authorization": f"Bearer {make(shop)}", **accept})
        seen = (
            answer.status_code, answer.headers.get("www-authenticate"),
            [each["extensions"]["code"] for each in answer.json()["errors"]], "data" in answer.json(),
        )  # fmt: skip
        if seen != (401, 'Bearer error="invalid_token"', ["UNAUTHENTICATED"], False):
            wrong[what] = seen
    assert wrong == {}


def test_what_needs_a_scope_is_refused_by_the_router_and_by_each_subgraph(instance: Instance, shop: Workshop):
    query = "{ audit(first: 1) { totalCount } structures { totalCount } }"
    reader = shop.good(scope="clay.read")
    for token, code in ((None, "UNAUTHENTICATED"), (reader, "FORBIDDEN")):
        answer = instance.ask(query, token)
        assert answer["data"]["structures"] is not None
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        inner = {"query": "{ audit(first: 1) { totalCount } }"}
        behind = instance.http.post(f"{issuer(instance)}/graphql", json=inner, headers=headers).json()
        assert [each["extensions"]["code"] for each in behind["errors"]] == [code]


class Person:
    """Somebody whom an operator has added, and an application that they use."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.login = f"grace-{time.monotonic_ns()}"
        self.secrets: set[str] = {PASSWORD}
        made = instance.clay("add-human", "Grace", "--login", self.login, given=PASSWORD.encode() + b"\n")
        assert made.returncode == 0, made.stderr.decode()
        self.id = made.stdout.decode().strip()
        added = instance.clay("add-client", "Notes", "--redirect", BACK, "--confidential")
        assert added.returncode == 0, added.stderr.decode()
        self.client: dict[str, str] = json.loads(added.stdout)
        self.secrets.add(self.client["client_secret"])

    def sign_in(self) -> dict[str, Any]:
        verifier = generate_token(48)
        query = {
            "response_type": "code", "client_id": self.client["client_id"], "redirect_uri": BACK,
            "scope": "openid offline_access clay.read clay.write", "code_challenge_method": "S256",
            "code_challenge": create_s256_code_challenge(verifier),
        }  # fmt: skip
        at = issuer(self.instance)
        back = asyncio.run(self._browse(f"{at}/oauth/authorize?{urlencode(query)}"))
        form = {
            "grant_type": "authorization_code",
            "code": back["code"],
            "code_verifier": verifier,
            "redirect_uri": BACK,
        }
        given = self.token(**form)
        self.secrets |= {verifier, back["code"], given["access_token"], given["refresh_token"], given["id_token"]}
        return given

    async def _browse(self, address: str) -> dict[str, str]:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            browser = Browser(http, issuer(self.instance))
            await browser.go(address)
            await browser.send(login=self.login, password="a wrong password")
            back = await browser.allow(address, self.login, PASSWORD)
            self.secrets |= {"a wrong password", *http.cookies.values()}
            return back

    def token(self, **form: str) -> dict[str, Any]:
        url = f"{issuer(self.instance)}/oauth/token"
        answer = self.instance.http.post(url, data=form, auth=(self.client["client_id"], self.client["client_secret"]))
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def person(instance: Instance) -> Person:
    return Person(instance)


def test_an_agent_acts_for_somebody_and_the_change_and_the_audit_name_both(
    instance: Instance, person: Person, token: str
):
    given = person.sign_in()["access_token"]
    register = """mutation { registerAgent(name: "Bot", scopes: ["clay.read", "clay.write"]) {
        principal { id owner { id } } clientId clientSecret } }"""
    bot = instance.data(register, given)["registerAgent"]
    assert bot["principal"]["owner"] == {"id": person.id}
    form = {
        "grant_type": EXCHANGE, "client_id": bot["clientId"], "client_secret": bot["clientSecret"],
        "subject_token": given, "subject_token_type": ACCESS,
    }  # fmt: skip
    acting = instance.http.post(f"{issuer(instance)}/oauth/token", data=form).json()["access_token"]
    person.secrets |= {bot["clientSecret"], acting}
    slug = f"s{time.monotonic_ns()}"
    create = f'mutation {{ createStructure(slug: "{slug}", name: "By both") {{ id }} }}'
    instance.data(create, acting)
    read = f'{{ structure(slug: "{slug}") {{ changes {{ nodes {{ principal {{ name }} actors {{ name }} }} }} }} }}'
    [change] = instance.data(read, given)["structure"]["changes"]["nodes"]
    assert change == {"principal": {"name": "Grace"}, "actors": [{"name": "Bot"}]}
    me = instance.data("{ me { principal { name } actors { name } } }", acting)["me"]
    assert me == {"principal": {"name": "Grace"}, "actors": [{"name": "Bot"}]}
    query = """query($who: ID!) { audit(principal: $who, first: 50) { totalCount nodes {
        type succeeded principal { name } actors { name } clientId address details } } }"""
    nodes = instance.data(query, token, who=person.id)["audit"]["nodes"]
    types = {each["type"] for each in nodes}
    assert {"HUMAN_ADDED", "PASSWORD_SET", "SIGNED_IN", "CLIENT_ALLOWED", "TOKEN_ISSUED", "AGENT_REGISTERED"} <= types
    newest = next(each for each in nodes if each["type"] == "TOKEN_ISSUED")
    assert (newest["principal"], newest["actors"]) == ({"name": "Grace"}, [{"name": "Bot"}])
    assert newest["details"]["grant"] == EXCHANGE
    assert "ACCESS_GRANTED" in types  # of the structure that was made
    failures = instance.data('{ audit(type: "SIGNED_IN", first: 50) { nodes { succeeded } } }', token)["audit"]["nodes"]
    assert {each["succeeded"] for each in failures} == {True, False}


def test_who_is_disabled_is_refused_by_the_router_at_the_next_request(instance: Instance, token: str):
    somebody = Person(instance)
    given = somebody.sign_in()
    assert instance.data("{ me { principal { name } } }", given["access_token"])["me"]["principal"]["name"] == "Grace"
    instance.data("mutation($id: ID!) { disablePrincipal(id: $id) { id } }", token, id=somebody.id)
    for query in ("{ me { scopes } }", "{ structures { totalCount } }", '{ search(query: "violin") { totalCount } }'):
        assert instance.refused(query, given["access_token"])["extensions"]["code"] == "UNAUTHENTICATED", query
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    proof = somebody.client["client_id"], somebody.client["client_secret"]
    answer = instance.http.post(f"{issuer(instance)}/oauth/token", data=form, auth=proof)
    assert answer.json()["error"] == "invalid_grant"


def test_no_secret_is_in_a_log_in_the_audit_or_in_the_changelog(instance: Instance, person: Person, shop: Workshop):
    person.sign_in()
    for make in BAD.values():
        instance.post("{ me { scopes } }", {"authorization": f"Bearer {make(shop)}"})
    url = f"{issuer(instance)}/oauth/token"
    wrong = {"grant_type": "refresh_token", "refresh_token": "a-refresh-token-that-is-none", **person.client}
    assert instance.http.post(url, data=wrong).status_code == 400
    hidden = {each for each in person.secrets if len(each) > 12} | {"a-refresh-token-that-is-none"}
    hidden |= {key.private["d"] for key in (shop.es256, shop.paseto)}
    hidden |= {(instance.home / "secrets" / "service-secret").read_text().strip()}
    assert len(hidden) > 12
    written = {path.name: path.read_text() for path in (instance.home / "logs").glob("*.log")}
    written["the terminal"] = instance.said()
    for table in ("audit", "changelog"):
        written[table] = "\n".join(row[0] for row in rows(instance, f"SELECT t::text FROM {table} t"))
    assert {"identity.log", "router.log", "structure.log"} <= set(written)
    assert [(name, each[:6]) for name, text in written.items() for each in hidden if each in text] == []
