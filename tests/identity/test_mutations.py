"""Agents are registered, get new secrets, and are disabled; whoever may not, changes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from mediaclay_identity import secret
from mediaclay_identity.records import PrincipalRecord
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.testing import Client

Human = Callable[..., Awaitable[PrincipalRecord]]
Agent = Callable[..., Awaitable[dict[str, Any]]]
Ask = Callable[..., Awaitable[httpx.Response]]
Everything = Callable[[], Awaitable[list[Any]]]

REGISTER = """mutation ($name: String!, $scopes: [String!]!) {
  registerAgent(name: $name, scopes: $scopes) {
    principal { id type name owner { id } } clientId clientSecret
  }
}"""
ROTATE = "mutation ($id: ID!) { rotateAgentSecret(id: $id) { principal { id } clientId clientSecret } }"
DISABLE = "mutation ($id: ID!) { disablePrincipal(id: $id) { id name } }"


async def changes(world: Client, subject: str) -> list[tuple[Any, ...]]:
    found = await world.state.changelog.after(UUID(subject), 0, 100)
    return [(change.revision, change.type, change.principal, change.details) for change in found]


async def test_a_human_registers_an_agent_and_answers_for_it(world: Client, human: Human):
    ada = await human()
    made = (await world.data(REGISTER, world.issuer.token(ada.id), name="  Bot ", scopes=["clay.write", "clay.read"]))[
        "registerAgent"
    ]
    bot = made["principal"]
    assert bot == {"id": bot["id"], "type": "AGENT", "name": "Bot", "owner": {"id": str(ada.id)}}
    assert made["clientId"] == bot["id"]
    details = {"name": "Bot", "owner": str(ada.id), "scopes": ["clay.read", "clay.write"]}
    assert await changes(world, bot["id"]) == [(1, "AGENT_REGISTERED", ada.id, details)]


async def test_only_the_hash_of_a_secret_is_kept(world: Client, agent: Agent, everything: Everything):
    bot = await agent()
    kept = str(await everything())
    assert bot["clientSecret"] not in kept
    assert repr(secret.hashed(bot["clientSecret"])) in kept
    assert len(bot["clientSecret"]) == len("clay_") + 43


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": ""}, "BAD_USER_INPUT"),
        ({"name": " \n "}, "BAD_USER_INPUT"),
        ({"name": "a\0b"}, "BAD_USER_INPUT"),
        ({"name": "x" * 1025}, "LIMIT_EXCEEDED"),
        ({"scopes": []}, "BAD_USER_INPUT"),
        ({"scopes": ["clay.everything"]}, "BAD_USER_INPUT"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_an_agent_needs_a_name_and_scopes(
    world: Client, everything: Everything, given: dict[str, Any], code: str
):
    before = await everything()
    variables: dict[str, Any] = {"name": "Bot", "scopes": ["clay.read"], **given}
    assert (await world.refused(REGISTER, **variables))[0] == code
    assert await everything() == before


async def test_half_a_surrogate_pair_is_no_name(world: Client, everything: Everything):
    before = await everything()
    body = json.dumps({"query": REGISTER, "variables": {"name": "a\ud800", "scopes": ["clay.read"]}})
    headers = world.headers() | {"content-type": "application/json"}
    [error] = (await world.http.post("/graphql", content=body, headers=headers)).json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert await everything() == before


async def test_a_name_may_have_a_thousand_and_twenty_four_characters(world: Client):
    made = await world.data(REGISTER, name="é" * 1024, scopes=["clay.read"])
    assert made["registerAgent"]["principal"]["name"] == "é" * 1024


async def test_nobody_hands_on_a_scope_that_the_token_lacks(world: Client, everything: Everything):
    before = await everything()
    narrow = world.issuer.token(world.principal, scope="clay.read clay.write")
    code, message = await world.refused(REGISTER, narrow, name="Bot", scopes=["clay.read", "clay.admin"])
    assert (code, "clay.admin" in message) == ("FORBIDDEN", True)
    assert await everything() == before


async def test_only_humans_in_person_register_agents(world: Client, agent: Agent, everything: Everything):
    bot = await agent()
    before = await everything()
    given = {"name": "Bot", "scopes": ["clay.read"]}
    itself = world.issuer.token(UUID(bot["principal"]["id"]), ptype="AGENT")
    for_a_human = world.issuer.token(world.principal, act={"sub": bot["principal"]["id"]})
    assert (await world.refused(REGISTER, itself, **given))[0] == "FORBIDDEN"
    assert (await world.refused(REGISTER, for_a_human, **given))[0] == "FORBIDDEN"
    assert await everything() == before


async def test_mutations_need_a_token_of_somebody_who_may_write(
    world: Client, agent: Agent, human: Human, everything: Everything
):
    bot, ada = await agent(), await human()
    await world.data(DISABLE, id=str(ada.id))
    before = await everything()
    callers = [
        (None, "UNAUTHENTICATED"),
        (world.issuer.token(new_id()), "UNAUTHENTICATED"),
        (world.issuer.token(world.principal, scope="clay.read"), "FORBIDDEN"),
        (world.issuer.token(ada.id), "UNAUTHENTICATED"),
    ]
    for token, code in callers:
        subject = bot["principal"]["id"]
        assert (await world.refused(REGISTER, token, name="Bot", scopes=["clay.read"]))[0] == code
        assert (await world.refused(ROTATE, token, id=subject))[0] == code
        assert (await world.refused(DISABLE, token, id=subject))[0] == code
    assert await everything() == before


async def test_a_new_secret_ends_the_old_one(world: Client, agent: Agent, ask_token: Ask):
    bot = await agent()
    new = (await world.data(ROTATE, id=bot["principal"]["id"]))["rotateAgentSecret"]
    assert (new["principal"], new["clientId"]) == (bot["principal"], bot["clientId"])
    assert (await ask_token(bot["clientId"], bot["clientSecret"])).status_code == 401
    assert (await ask_token(bot["clientId"], new["clientSecret"])).status_code == 200
    assert (await changes(world, bot["clientId"]))[1:] == [(2, "SECRET_ROTATED", world.principal, {})]


async def test_of_two_rotations_at_once_the_last_secret_is_good(world: Client, agent: Agent, ask_token: Ask):
    bot = await agent()
    answers = await asyncio.gather(*(world.data(ROTATE, id=bot["clientId"]) for _ in range(4)))
    secrets = [answer["rotateAgentSecret"]["clientSecret"] for answer in answers]
    good = [(await ask_token(bot["clientId"], secret)).status_code for secret in secrets]
    assert sorted(good) == [200, 401, 401, 401]
    assert [change[0] for change in await changes(world, bot["clientId"])] == [1, 2, 3, 4, 5]


async def test_agents_are_rotated_and_disabled_by_their_human_and_by_no_other(
    world: Client, human: Human, agent: Agent, everything: Everything
):
    ada, bob = await human("Ada"), await human("Bob")
    bot = (await agent(ada.id))["principal"]["id"]
    write = "clay.read clay.write"
    before = await everything()
    for mutation in (ROTATE, DISABLE):
        assert (await world.refused(mutation, world.issuer.token(bob.id, write), id=bot))[0] == "FORBIDDEN"
        assert (await world.refused(mutation, world.issuer.token(UUID(bot), write), id=bot))[0] == "FORBIDDEN"
    assert await everything() == before
    await world.data(ROTATE, world.issuer.token(ada.id, write), id=bot)
    assert (await world.data(DISABLE, world.issuer.token(ada.id, write), id=bot))["disablePrincipal"]["name"] == "Bot"


async def test_a_weak_token_does_not_get_a_strong_agents_secret(world: Client, agent: Agent, everything: Everything):
    bot = await agent(None, "clay.read", "clay.admin")
    before = await everything()
    weak = world.issuer.token(world.principal, scope="clay.read clay.write")
    assert (await world.refused(ROTATE, weak, id=bot["clientId"]))[0] == "FORBIDDEN"
    assert await everything() == before


async def test_only_agents_have_a_secret_to_rotate(world: Client, human: Human, everything: Everything):
    ada = await human()
    [services] = await world.state.database.pool.fetch("SELECT id FROM principal WHERE client_id = 'services'")
    before = await everything()
    for subject in (ada.id, services["id"], world.principal):
        assert (await world.refused(ROTATE, id=str(subject)))[0] == "BAD_USER_INPUT"
    assert await everything() == before


async def test_a_disabled_agent_gets_no_new_secret(world: Client, agent: Agent, everything: Everything):
    bot = await agent()
    await world.data(DISABLE, id=bot["clientId"])
    before = await everything()
    assert (await world.refused(ROTATE, id=bot["clientId"]))[0] == "CONFLICT"
    assert await everything() == before


async def test_disabling_twice_is_disabling_once(world: Client, agent: Agent, everything: Everything):
    bot = await agent()
    first = await world.data(DISABLE, id=bot["clientId"])
    before = await everything()
    assert await world.data(DISABLE, id=bot["clientId"]) == first
    assert await everything() == before
    assert (await changes(world, bot["clientId"]))[1:] == [(2, "PRINCIPAL_DISABLED", world.principal, {})]


async def test_a_human_is_disabled_by_administrators_only(world: Client, human: Human, everything: Everything):
    ada, bob = await human("Ada"), await human("Bob")
    before = await everything()
    for caller in (ada, bob):
        token = world.issuer.token(caller.id, "clay.read clay.write")
        assert (await world.refused(DISABLE, token, id=str(ada.id)))[0] == "FORBIDDEN"
    assert await everything() == before
    assert await world.data(DISABLE, id=str(ada.id)) == {"disablePrincipal": {"id": str(ada.id), "name": "Ada"}}


async def test_the_instance_keeps_what_it_made_for_itself(world: Client, everything: Everything):
    before = await everything()
    for row in await world.state.database.pool.fetch("SELECT id FROM principal"):
        assert (await world.refused(DISABLE, id=str(row["id"])))[0] == "CONFLICT"
    assert await everything() == before


@pytest.mark.parametrize("mutation", [ROTATE, DISABLE])
async def test_whom_nobody_knows_can_not_be_acted_upon(world: Client, everything: Everything, mutation: str):
    before = await everything()
    assert (await world.refused(mutation, id=str(new_id())))[0] == "NOT_FOUND"
    assert (await world.refused(mutation, id="Bot"))[0] == "BAD_USER_INPUT"
    assert await everything() == before
