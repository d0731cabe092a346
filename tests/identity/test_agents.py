"""Agents act for people by token exchange (RFC 8693), services prove who they are by signing (RFC 7523)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from mediaclay_identity.oidc.exchange import ACCESS, EXCHANGE
from mediaclay_identity.operations.add_client import add_service
from mediaclay_identity.operations.issue_token import issue_to
from mediaclay_identity.store import clients
from mediaclay_kernel.principal import PrincipalType
from mediaclay_kernel.testing import Client
from mediaclay_kernel.tokens import Verifier

Agent = Callable[..., Awaitable[dict[str, Any]]]
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def token_of(world: Client) -> Callable[..., Awaitable[str]]:
    """A token that a person holds."""

    async def make(person: Any, *scopes: str) -> str:
        return (await issue_to(world.state.database.pool, world.state.terms, person, "app", scopes or None)).token

    return make


@pytest.fixture
def exchange(world: Client) -> Callable[..., Awaitable[httpx.Response]]:
    """An agent shows somebody's token."""

    async def ask(bot: dict[str, Any], subject: str, **form: str) -> httpx.Response:
        fields = {
            "grant_type": EXCHANGE, "client_id": bot["clientId"], "client_secret": bot["clientSecret"],
            "subject_token": subject, "subject_token_type": ACCESS, **form,
        }  # fmt: skip
        return await world.http.post("/oauth/token", data=fields)

    return ask


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"error", "error_description"}
    return answer.status_code, answer.json()["error"]


async def test_an_agent_acts_for_its_human_and_both_are_named(
    world: Client, human: Any, agent: Agent, token_of: Any, exchange: Any, verifier: Verifier
):
    ada = await human("Ada", "clay.read", "clay.write", "clay.approve")
    bot = await agent(ada.id, "clay.read", "clay.write")
    answer = await exchange(bot, await token_of(ada))
    body = answer.json()
    assert answer.status_code == 200, body
    assert body["issued_token_type"] == ACCESS
    assert body["scope"] == "clay.read clay.write"
    principal = await verifier.principal(f"Bearer {body['access_token']}")
    assert (principal.id, principal.type) == (ada.id, PrincipalType.HUMAN)
    assert [str(each) for each in principal.actors] == [bot["principal"]["id"]]


async def test_what_it_may_do_is_what_both_may(human: Any, agent: Agent, token_of: Any, exchange: Any):
    ada = await human("Ada", "clay.read", "clay.write", "clay.admin")
    bot = await agent(ada.id, "clay.read", "clay.write")
    assert (await exchange(bot, await token_of(ada, "clay.read", "clay.admin"))).json()["scope"] == "clay.read"
    narrow = await exchange(bot, await token_of(ada), scope="clay.read")
    assert narrow.json()["scope"] == "clay.read"
    for scope in ("clay.admin", "clay.approve"):
        assert refusal(await exchange(bot, await token_of(ada), scope=scope)) == (400, "invalid_scope")


async def test_it_ends_with_the_token_that_was_shown(
    world: Client, human: Any, agent: Agent, token_of: Any, exchange: Any, monkeypatch: pytest.MonkeyPatch
):
    ada = await human()
    bot = await agent(ada.id)
    shown = await token_of(ada)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 200)
    first = (await exchange(bot, shown)).json()
    assert 90 <= first["expires_in"] <= 100


async def test_an_agent_can_not_act_for_whoever_has_not_allowed_it(
    world: Client, human: Any, agent: Agent, token_of: Any, exchange: Any
):
    ada, eve = await human("Ada"), await human("Eve")
    bot = await agent(ada.id)
    assert refusal(await exchange(bot, await token_of(eve))) == (400, "invalid_request")
    await clients.allow(world.state.database.pool, eve.id, bot["clientId"], ["clay.read"])
    assert (await exchange(bot, await token_of(eve))).status_code == 200


async def test_the_chain_grows_by_who_acts_and_no_further_than_four(
    human: Any, agent: Agent, token_of: Any, exchange: Any, verifier: Verifier
):
    ada = await human()
    bots = [await agent(ada.id) for _ in range(5)]
    token = await token_of(ada)
    for count, bot in enumerate(bots[:4], 1):
        token = (await exchange(bot, token)).json()["access_token"]
        principal = await verifier.principal(f"Bearer {token}")
        named = [each["principal"]["id"] for each in reversed(bots[:count])]
        assert [str(each) for each in principal.actors] == named
    assert refusal(await exchange(bots[4], token)) == (400, "invalid_request")
    assert refusal(await exchange(bots[0], token)) == (400, "invalid_request")


async def test_what_is_no_token_of_ours_is_no_subject(
    world: Client, human: Any, agent: Agent, token_of: Any, exchange: Any
):
    ada = await human()
    bot = await agent(ada.id)
    good = await token_of(ada)
    own = await world.http.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials", "client_id": bot["clientId"], "client_secret": bot["clientSecret"]
        },
    )  # fmt: skip
    wrong = [
        await exchange(bot, "garbage"),
        await exchange(bot, good[:-4] + "AAAA"),
        await exchange(bot, world.issuer.token(ada.id)),  # signed by a key that is not published
        await exchange(bot, own.json()["access_token"]),
        await exchange(bot, good, subject_token_type="urn:ietf:params:oauth:token-type:saml2"),
        await exchange(bot, good, actor_token=good, actor_token_type=ACCESS),
        await exchange(bot, good, requested_token_type="urn:ietf:params:oauth:token-type:refresh_token"),
    ]
    assert {refusal(answer) for answer in wrong} == {(400, "invalid_request")}
    mine = {"actor_token": own.json()["access_token"], "actor_token_type": ACCESS}
    assert (await exchange(bot, good, **mine)).status_code == 200
    assert refusal(await exchange({**bot, "clientSecret": "wrong"}, good)) == (401, "invalid_client")
    assert refusal(await exchange(bot, good, resource="https://elsewhere.example/")) == (400, "invalid_target")


async def test_no_agent_holds_the_right_to_approve(world: Client):
    query = 'mutation { registerAgent(name: "Bot", scopes: ["clay.approve"]) { clientId } }'
    token = world.issuer.token(world.principal, "clay.read clay.write clay.approve")
    code, message = await world.refused(query, token)
    assert (code, "humans alone" in message) == ("BAD_USER_INPUT", True)


async def test_an_agent_may_have_paseto_tokens(
    world: Client, agent: Agent, human: Any, token_of: Any, exchange: Any, verifier: Verifier
):
    ada = await human()
    bot = await agent(ada.id)
    record = await clients.find(world.state.database.pool, bot["clientId"])
    assert record is not None
    assert record.principal is not None
    await clients.set_format(world.state.database.pool, record.principal.id, "paseto")
    body = (await exchange(bot, await token_of(ada))).json()
    assert body["access_token"].startswith("v4.public.")
    principal = await verifier.principal(f"Bearer {body['access_token']}")
    assert (principal.id, len(principal.actors)) == (ada.id, 1)


class Partner:
    """Another instance, which signs with a key of its own."""

    def __init__(self, client_id: str, key: ECKey) -> None:
        self.client_id, self.key = client_id, key

    def assertion(self, **changed: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": "http://subgraph", "jti": str(uuid4()), "iat": now,
            "exp": now + 60, **changed,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": "p1"}, kept, self.key)


@pytest.fixture
async def partner(world: Client) -> Partner:
    key = ECKey.generate_key("P-256", {"kid": "p1", "alg": "ES256", "use": "sig"})
    async with world.state.database.transaction() as db:
        made = await add_service(db, "Partner", ["clay.read"], {"keys": [key.as_dict(private=False)]}, None)
    return Partner(str(made.client_id), key)


async def by_assertion(world: Client, assertion: str, **more: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    return await world.http.post("/oauth/token", data={**form, **more})


async def test_a_partner_proves_who_it_is_by_signing(world: Client, partner: Partner, verifier: Verifier):
    answer = await by_assertion(world, partner.assertion())
    assert answer.status_code == 200, answer.text
    principal = await verifier.principal(f"Bearer {answer.json()['access_token']}")
    assert (principal.type, principal.scopes) == (PrincipalType.SERVICE, {"clay.read"})
    at_endpoint = partner.assertion(aud=["http://subgraph/oauth/token"])
    assert (await by_assertion(world, at_endpoint)).status_code == 200


async def test_an_assertion_is_good_once(world: Client, partner: Partner):
    made = partner.assertion()
    assert (await by_assertion(world, made)).status_code == 200
    assert refusal(await by_assertion(world, made)) == (401, "invalid_client")


async def test_an_assertion_that_is_not_right_proves_nothing(world: Client, partner: Partner):
    now, stranger = int(time.time()), ECKey.generate_key("P-256")
    wrong = {
        "expired": partner.assertion(exp=now - 60),
        "without an end": partner.assertion(exp=None),
        "good for a day": partner.assertion(exp=now + 86_400),
        "for somebody else": partner.assertion(aud="https://elsewhere.example"),
        "without a name": partner.assertion(jti=None),
        "of another": partner.assertion(iss="services", sub="services"),
        "torn": partner.assertion(iss="services"),
        "not valid yet": partner.assertion(nbf=now + 600),
        "by a stranger": Partner(partner.client_id, stranger).assertion(),
        "garbage": "garbage",
        "unsigned": ".".join([*partner.assertion().split(".")[:2], ""]),
    }
    answers = {what: refusal(await by_assertion(world, made)) for what, made in wrong.items()}
    assert answers == dict.fromkeys(wrong, (401, "invalid_client"))
    twice = await by_assertion(world, partner.assertion(), client_secret="x", client_id=partner.client_id)
    assert refusal(twice) == (400, "invalid_request")
    by_secret = {"grant_type": "client_credentials", "client_id": partner.client_id, "client_secret": "x"}
    assert refusal(await world.http.post("/oauth/token", data=by_secret)) == (401, "invalid_client")
