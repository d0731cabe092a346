"""Principal as other subgraphs name it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mediaclay_identity.records import PrincipalRecord
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.testing import Client

Human = Callable[..., Awaitable[PrincipalRecord]]
Agent = Callable[..., Awaitable[dict[str, Any]]]

ENTITIES = """query ($of: [_Any!]!) {
  _entities(representations: $of) { ... on Principal { id name owner { name } } }
}"""


class Counting:
    """A pool that counts what is asked of it; only reading is counted, so nothing else is let through."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.statements: list[str] = []

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        self.statements.append(sql)
        return await self._pool.fetch(sql, *arguments)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not counted")


@pytest.fixture
def counted(world: Client, monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting(world.state.database.pool)
    monkeypatch.setattr(world.state.database, "pool", counting)
    return counting


def of(*ids: Any) -> list[dict[str, str]]:
    return [{"__typename": "Principal", "id": str(id)} for id in ids]


async def test_a_hundred_entities_cost_one_statement(world: Client, human: Human, request: pytest.FixtureRequest):
    ids = [(await human(f"Human {number}")).id for number in range(50)]
    counted: Counting = request.getfixturevalue("counted")
    query = ENTITIES.replace("owner { name }", "")
    found = (await world.data(query, of=of(*ids, *reversed(ids))))["_entities"]
    assert [item["id"] for item in found] == [str(id) for id in (*ids, *reversed(ids))]
    assert len(counted.statements) == 1


async def test_their_owners_cost_one_more(world: Client, agent: Agent, request: pytest.FixtureRequest):
    ids = [(await agent())["principal"]["id"] for _ in range(5)]
    counted: Counting = request.getfixturevalue("counted")
    found = (await world.data(ENTITIES, of=of(*ids, world.principal)))["_entities"]
    assert [item["owner"] and item["owner"]["name"] for item in found] == ["Administrator"] * 5 + [None]
    assert len(counted.statements) == 2


async def test_a_list_with_owners_and_its_count_costs_three(
    world: Client, agent: Agent, request: pytest.FixtureRequest
):
    for _ in range(5):
        await agent()
    counted: Counting = request.getfixturevalue("counted")
    found = await world.data("{ principals { nodes { name owner { name } } totalCount } }")
    assert (len(found["principals"]["nodes"]), found["principals"]["totalCount"]) == (7, 7)
    assert len(counted.statements) == 3


async def test_a_bad_or_unknown_one_costs_only_itself(world: Client):
    wrong = [{"__typename": "Principal"}, *of("x", new_id(), world.principal)]
    answer = await world.send(ENTITIES, of=wrong)
    assert [item and item["name"] for item in answer["data"]["_entities"]] == [None, None, None, "Administrator"]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["_entities", 0], "BAD_USER_INPUT"),
        (["_entities", 1], "BAD_USER_INPUT"),
    ]


async def test_entities_are_for_those_who_may_read(world: Client):
    answer = await world.send(ENTITIES, token=None, of=of(world.principal))
    assert answer["data"] == {"_entities": [None]}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
