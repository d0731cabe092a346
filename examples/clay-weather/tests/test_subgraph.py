"""The subgraph as its clients see it: on a real PostgreSQL, in this process, with signed tokens."""

# ruff: noqa: D103  (the name of a test is its sentence)

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from clay_weather import subgraph
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.subgraph import Subgraph
from mediaclay_kernel.testing import Client, running, statements

SET = """mutation ($node: ID!, $latitude: Float!, $longitude: Float!) {
  setStation(node: $node, latitude: $latitude, longitude: $longitude) { id weather(on: "2024-06-21") { dayLength } }
}"""
READ = """query ($nodes: [_Any!]!) {
  _entities(representations: $nodes) { ... on Node { id weather(on: "2024-06-21") { dayLength latitude longitude } } }
}"""
LONDON: dict[str, Any] = {"latitude": 51.5074, "longitude": -0.1278}


@pytest.fixture
def settings(new_database: Callable[[Subgraph], str]) -> Settings:
    return load(Settings, database_url=new_database(subgraph))


@pytest.fixture
async def client(settings: Settings) -> AsyncGenerator[Client]:
    async with running(subgraph, settings) as client:
        yield client


def asked(*ids: str) -> list[dict[str, str]]:
    """The nodes, as the router asks for them."""
    return [{"__typename": "Node", "id": id_} for id_ in ids]


async def weather(client: Client, *ids: str) -> list[Any]:
    return [each["weather"] for each in (await client.data(READ, nodes=asked(*ids)))["_entities"]]


async def test_a_node_with_a_station_has_weather_and_one_without_has_none(client: Client) -> None:
    known, other = str(new_id()), str(new_id())
    assert await client.data(SET, node=known, **LONDON) == {"setStation": {"id": known, "weather": {"dayLength": 998}}}
    assert await weather(client, known, other) == [{"dayLength": 998, **LONDON}, None]


async def test_a_second_station_replaces_the_first_and_both_are_remembered_as_changes(client: Client) -> None:
    node = new_id()
    await client.data(SET, node=str(node), **LONDON)
    await client.data(SET, node=str(node), latitude=-0.18, longitude=-78.47)
    assert await weather(client, str(node)) == [{"dayLength": 727, "latitude": -0.18, "longitude": -78.47}]
    changes = await client.state.changelog.after(node, 0, 10)
    assert [(each.type, each.revision, each.principal) for each in changes] == [
        ("STATION_SET", 1, client.principal),
        ("STATION_SET", 2, client.principal),
    ]


@pytest.mark.parametrize(
    ("scope", "place", "code"),
    [
        (None, LONDON, "UNAUTHENTICATED"),
        ("clay.read", LONDON, "FORBIDDEN"),
        ("clay.write", {"latitude": 91, "longitude": 0}, "BAD_USER_INPUT"),
        ("clay.write", {"latitude": 0, "longitude": -180.5}, "BAD_USER_INPUT"),
    ],
)
async def test_a_station_that_is_refused_changes_nothing(
    client: Client, scope: str | None, place: dict[str, Any], code: str
) -> None:
    node = new_id()
    token = scope and client.issuer.token(client.principal, scope=scope)
    assert (await client.refused(SET, token, node=str(node), **place))[0] == code
    assert await weather(client, str(node)) == [None]
    assert await client.state.changelog.after(node, 0, 10) == []


async def test_reading_needs_a_token_unless_the_instance_reads_in_public(client: Client) -> None:
    refused, _ = await client.refused(READ, None, nodes=asked(str(new_id())))
    assert refused == "UNAUTHENTICATED"


async def test_anyone_reads_where_reading_is_public(settings: Settings) -> None:
    async with running(subgraph, settings.model_copy(update={"public_read": True})) as client:
        answer = await client.data(READ, None, nodes=asked(str(new_id())))
        assert [each["weather"] for each in answer["_entities"]] == [None]


async def test_one_bad_id_costs_its_own_node_alone(client: Client) -> None:
    node = str(new_id())
    await client.data(SET, node=node, **LONDON)
    answer = await client.send(READ, nodes=asked("London", node))
    assert answer["data"]["_entities"][0] is None
    assert answer["data"]["_entities"][1]["weather"]["dayLength"] == 998
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["_entities", 0], "BAD_USER_INPUT")


async def test_a_year_that_the_formulas_do_not_hold_for_is_refused(client: Client) -> None:
    code, message = await client.refused(READ.replace("2024", "1900"), nodes=asked(str(new_id())))
    assert (code, message) == ("BAD_USER_INPUT", "on must lie in the years from 1901 to 2099.")


async def test_a_hundred_nodes_cost_one_statement(client: Client) -> None:
    with statements(client.state.database) as asked_for:
        assert await weather(client, *(str(new_id()) for _ in range(100))) == [None] * 100
    assert len(asked_for) == 1


async def test_the_zenith_is_a_setting(settings: Settings) -> None:
    node = str(new_id())
    async with running(subgraph, settings, zenith=96) as client:
        await client.data(SET, node=node, **LONDON)
        assert (await weather(client, node))[0]["dayLength"] > 998


def test_a_zenith_above_the_horizon_does_not_fit() -> None:
    with pytest.raises(BadUserInput, match="CLAY_WEATHER_ZENITH"):
        load(subgraph.settings_class(), zenith=45)


async def test_it_is_ready_only_while_the_database_answers(client: Client) -> None:
    assert (await client.http.get("/ready")).status_code == 200
    client.state.database.pool.terminate()
    assert (await client.http.get("/ready")).status_code == 503
