"""Who may ask what of identity, and what the answer is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from mediaclay_identity import subgraph
from mediaclay_identity.records import PrincipalRecord
from mediaclay_kernel.ids import encode_cursor, new_id
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, running

Human = Callable[..., Awaitable[PrincipalRecord]]
Agent = Callable[..., Awaitable[dict[str, Any]]]

ME = "{ me { principal { id type name owner { id } } scopes actors { id } } }"
ONE = "query ($id: ID!) { principal(id: $id) { id type name createdAt owner { name } } }"
LIST = """query ($type: PrincipalType, $first: Int, $after: String) {
  principals(type: $type, first: $first, after: $after) {
    edges { cursor node { name } } nodes { name }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}"""


async def test_me_is_null_without_a_token(world: Client):
    assert await world.data("{ me { scopes } }", token=None) == {"me": None}


async def test_me_is_the_caller(world: Client):
    assert (await world.data(ME))["me"] == {
        "principal": {"id": str(world.principal), "type": "HUMAN", "name": "Administrator", "owner": None},
        "scopes": ["clay.admin", "clay.read", "clay.write"],
        "actors": [],
    }


async def test_me_shows_who_stands_behind_an_agent_outermost_first(world: Client, human: Human, agent: Agent):
    ada, bot = await human(), await agent()
    chain = {"sub": bot["principal"]["id"], "act": {"sub": str(world.principal)}}
    found = await world.data(ME, world.issuer.token(ada.id, act=chain))
    assert [actor["id"] for actor in found["me"]["actors"]] == [bot["principal"]["id"], str(world.principal)]


async def test_me_needs_no_scope(world: Client):
    found = await world.data(ME, world.issuer.token(world.principal, scope=""))
    assert (found["me"]["principal"]["name"], found["me"]["scopes"]) == ("Administrator", [])


async def test_a_token_of_nobody_registered_is_told_so(world: Client):
    code, message = await world.refused(ME, world.issuer.token(new_id()))
    assert (code, message) == ("UNAUTHENTICATED", "The access token names nobody who is registered here.")


async def test_a_principal_is_shown_with_its_owner(world: Client, human: Human, agent: Agent):
    ada = await human("Ada")
    bot = await agent(ada.id)
    found = (await world.data(ONE, id=bot["principal"]["id"]))["principal"]
    assert found.pop("createdAt").endswith("+00:00")
    assert found == {"id": bot["principal"]["id"], "type": "AGENT", "name": "Bot", "owner": {"name": "Ada"}}


async def test_a_principal_that_is_not_there_is_null(world: Client):
    assert await world.data(ONE, id=str(new_id())) == {"principal": None}


async def test_an_id_that_is_none_is_bad_input(world: Client):
    assert (await world.refused(ONE, id="Administrator"))[0] == "BAD_USER_INPUT"


@pytest.mark.parametrize(("query", "variables"), [(ONE, {"id": str(UUID(int=1))}), (LIST, {})])
async def test_reading_needs_a_token_that_may_read(world: Client, query: str, variables: dict[str, Any]):
    assert (await world.refused(query, token=None, **variables))[0] == "UNAUTHENTICATED"
    blind = world.issuer.token(world.principal, scope="clay.write")
    assert (await world.refused(query, blind, **variables))[0] == "FORBIDDEN"


async def test_public_reading_needs_none(settings: Settings):
    public = load(Settings, **settings.model_dump() | {"public_read": True})
    async with running(subgraph, public) as client:
        found = await client.data(LIST, token=None)
    assert [node["name"] for node in found["principals"]["nodes"]] == ["Administrator", "Services"]


async def test_a_list_is_read_page_by_page_while_it_grows(world: Client, human: Human):
    for number in range(3):
        await human(f"Human {number}")
    names: list[str] = []
    after = None
    for number in range(3, 6):
        page = (await world.data(LIST, first=2, after=after))["principals"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        names += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        await human(f"Human {number}")
    assert names == ["Administrator", "Services", "Human 0", "Human 1", "Human 2", "Human 3"]
    last = (await world.data(LIST, after=after))["principals"]
    assert [node["name"] for node in last["nodes"]] == ["Human 4", "Human 5"]
    assert (last["pageInfo"]["hasNextPage"], last["totalCount"]) == (False, 8)


async def test_a_list_of_one_type_counts_that_type(world: Client, human: Human, agent: Agent):
    await human()
    await agent()
    for kind, names in (("HUMAN", ["Administrator", "Ada"]), ("AGENT", ["Bot"]), ("SERVICE", ["Services"])):
        page = (await world.data(LIST, type=kind))["principals"]
        assert ([node["name"] for node in page["nodes"]], page["totalCount"]) == (names, len(names))


async def test_an_empty_page_has_no_cursors(world: Client):
    page = (await world.data(LIST, first=0))["principals"]
    assert page == {
        "edges": [],
        "nodes": [],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        "totalCount": 2,
    }


async def test_a_page_has_at_most_a_thousand(world: Client):
    assert await world.refused(LIST, first=1001) == ("LIMIT_EXCEEDED", "A page has at most 1000 principals.")
    assert (await world.data(LIST, first=1000))["principals"]["totalCount"] == 2
    assert (await world.data(LIST, first=None))["principals"]["totalCount"] == 2


@pytest.mark.parametrize(
    "wrong", [{"first": -1}, {"after": "x"}, {"after": encode_cursor("x")}, {"after": encode_cursor(1)}]
)
async def test_a_page_that_is_none_is_bad_input(world: Client, wrong: dict[str, Any]):
    assert (await world.refused(LIST, **wrong))[0] == "BAD_USER_INPUT"
