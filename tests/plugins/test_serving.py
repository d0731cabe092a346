"""A subgraph of somebody else in the supergraph: through the real router, beside ours, which know nothing of it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.plugins.support.instance import Instance

LONDON = {"latitude": 51.5074, "longitude": -0.1278}
SUN = 'weather(on: "2024-06-21") { sunrise sunset dayLength }'
IN_LONDON = {"sunrise": "2024-06-21T03:43:10+00:00", "sunset": "2024-06-21T20:21:39+00:00", "dayLength": 998}
SET = """mutation ($node: ID!, $latitude: Float!, $longitude: Float!) {
  setStation(node: $node, latitude: $latitude, longitude: $longitude) { id name weather(on: "2024-06-21") { dayLength } }
}"""


@pytest.fixture(scope="module")
def token(instance: Instance) -> str:
    return instance.clay("token").strip()


@pytest.fixture
def tree(instance: Instance, token: str) -> dict[str, str]:
    """The ids of a root and of two nodes below it: London, with a station, and Atlantis, without."""
    made = instance.ask(
        'mutation ($slug: String!) { createStructure(slug: $slug, name: "Places") { id root { id } } }', token,
        slug=f"places-{uuid4().hex}",
    )  # fmt: skip
    structure = made["data"]["createStructure"]["id"]
    public = "mutation ($id: ID!) { setPublic(structure: $id, isPublic: true) { id } }"
    assert "errors" not in instance.ask(public, token, id=structure)
    ids = {"root": made["data"]["createStructure"]["root"]["id"]}
    for name in ("London", "Atlantis"):
        create = "mutation ($input: CreateNode!) { createNode(input: $input) { node { id } } }"
        given = {"parent": ids["root"], "kind": "city", "name": name, "properties": {"country": "UK"}}
        ids[name] = instance.ask(create, token, input=given)["data"]["createNode"]["node"]["id"]
    assert "errors" not in instance.ask(SET, token, node=ids["London"], **LONDON)
    return ids


def test_a_node_of_structure_shows_the_field_of_the_plugin(instance: Instance, tree: dict[str, str]) -> None:
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ name path {SUN} }} }}"
    assert instance.ask(query, ids=[tree["London"], tree["Atlantis"]]) == {
        "data": {
            "nodes": [
                {"name": "London", "path": "/london", "weather": IN_LONDON},
                {"name": "Atlantis", "path": "/atlantis", "weather": None},
            ]
        }
    }


def test_it_does_so_at_any_depth_and_beside_any_field(instance: Instance, tree: dict[str, str]) -> None:
    query = f"""query ($id: ID!) {{
      node(id: $id) {{ children {{ nodes {{ name properties(pick: ["/country"]) createdBy {{ name }} {SUN} }} }} }}
    }}"""
    answer = instance.ask(query, id=tree["root"])
    assert "errors" not in answer
    assert [each["weather"] for each in answer["data"]["node"]["children"]["nodes"]] == [IN_LONDON, None]


def test_its_mutation_answers_with_fields_of_structure(instance: Instance, token: str, tree: dict[str, str]) -> None:
    answer = instance.ask(SET, token, node=tree["Atlantis"], latitude=0, longitude=-30)
    assert answer == {
        "data": {"setStation": {"id": tree["Atlantis"], "name": "Atlantis", "weather": {"dayLength": 727}}}
    }


def test_it_refuses_a_change_without_a_token_and_changes_nothing(instance: Instance, tree: dict[str, str]) -> None:
    answer = instance.ask(SET, node=tree["London"], latitude=0, longitude=0)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    query = "query ($id: ID!) { node(id: $id) { weather { latitude longitude } } }"
    assert instance.ask(query, id=tree["London"])["data"]["node"]["weather"] == LONDON


def test_its_error_costs_its_own_field_alone(instance: Instance, tree: dict[str, str]) -> None:
    query = 'query ($id: ID!) { node(id: $id) { name weather(on: "1900-01-01") { dayLength } } }'
    answer = instance.ask(query, id=tree["London"])
    assert answer["data"] == {"node": {"name": "London", "weather": None}}
    assert [(e["path"], e["extensions"]["code"]) for e in answer["errors"]] == [(["node", "weather"], "BAD_USER_INPUT")]


def test_its_migrations_are_applied_with_ours(instance: Instance) -> None:
    found = json.loads(instance.clay("migrate", "--check", "--json"))
    assert {name: found["pending"][name] for name in ("structure", "identity", "weather")} == {
        "structure": [], "identity": [], "weather": [],
    }  # fmt: skip


def test_the_doctor_looks_after_it(instance: Instance) -> None:
    report = json.loads(instance.clay("doctor", "--json"))
    [found] = [each for each in report["findings"] if each["subject"] == "weather"]
    assert (found["problem"], report["healthy"]) == (False, True)
