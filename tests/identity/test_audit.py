"""Who did what on whose behalf, failures included, for administrators alone."""

from __future__ import annotations

from typing import Any

from mediaclay_kernel.testing import Client

QUERY = """query($type: String, $principal: ID, $first: Int, $after: String) {
  audit(type: $type, principal: $principal, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { id type succeeded clientId details principal { name } actors { name } subject { name } }
  }
}"""


async def read(world: Client, **variables: Any) -> dict[str, Any]:
    return (await world.data(QUERY, **variables))["audit"]


async def test_what_was_done_is_told_newest_first(world: Client, agent: Any):
    bot = await agent()
    await world.data("mutation($id: ID!) { disablePrincipal(id: $id) { id } }", id=bot["principal"]["id"])
    found = await read(world, principal=bot["principal"]["id"])
    assert [each["type"] for each in found["nodes"]] == ["PRINCIPAL_DISABLED", "AGENT_REGISTERED"]
    assert found["nodes"][0] | {"id": ""} == {
        "id": "", "type": "PRINCIPAL_DISABLED", "succeeded": True, "clientId": None, "details": {},
        "principal": {"name": "Administrator"}, "actors": [], "subject": {"name": "Bot"},
    }  # fmt: skip
    assert found["nodes"][1]["details"] == {"name": "Bot", "scopes": ["clay.read", "clay.write"]}


async def test_tokens_that_were_given_and_refused_are_told_without_them(world: Client, agent: Any, ask_token: Any):
    bot = await agent()
    given = (await ask_token(bot["clientId"], bot["clientSecret"])).json()["access_token"]
    assert (await ask_token(bot["clientId"], "a wrong secret")).status_code == 401
    assert (await ask_token("nobody at all", "a wrong secret")).status_code == 401
    refused, issued = (await read(world, first=2))["nodes"]
    assert (refused["type"], refused["succeeded"], refused["clientId"]) == ("TOKEN_REFUSED", False, bot["clientId"])
    assert refused["details"] == {"grant": "client_credentials", "error": "invalid_client"}
    assert (issued["type"], issued["principal"]) == ("TOKEN_ISSUED", {"name": "Bot"})
    assert issued["details"]["scopes"] == ["clay.read", "clay.write"]
    everything = str(await world.state.database.pool.fetch("SELECT audit::text FROM audit"))
    for secret in (given, bot["clientSecret"], "a wrong secret"):
        assert secret not in everything


async def test_it_is_read_page_by_page(world: Client, agent: Any):
    for _ in range(5):
        await agent()
    first = await read(world, type="AGENT_REGISTERED", first=3)
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    second = await read(world, type="AGENT_REGISTERED", first=3, after=first["pageInfo"]["endCursor"])
    assert (len(second["nodes"]), second["pageInfo"]["hasNextPage"]) == (2, False)
    ids = [each["id"] for each in first["nodes"] + second["nodes"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 5


async def test_nobody_else_may_read_it(world: Client):
    assert (await world.refused(QUERY, None))[0] == "UNAUTHENTICATED"
    assert (await world.refused(QUERY, world.issuer.token(world.principal, "clay.read clay.write")))[0] == "FORBIDDEN"
    assert (await world.refused(QUERY, first=1001))[0] == "LIMIT_EXCEEDED"
    assert (await world.refused(QUERY, first=-1))[0] == "BAD_USER_INPUT"
