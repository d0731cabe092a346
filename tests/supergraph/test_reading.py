"""Reading through the router, without a token: what the banner promises, pages, words, and what is refused."""

import re
from typing import Any

import pytest

from mediaclay.banner import EXAMPLE
from tests.supergraph.support.instance import Instance

pytestmark = [pytest.mark.xdist_group("supergraph"), pytest.mark.usefixtures("indexed")]
PAGE = """query($first: Int, $after: String, $last: Int, $before: String) {
  structure(slug: "almanac") { root {
    children(first: $first, after: $after, last: $last, before: $before) {
      nodes { name } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  } }
}"""


def page(instance: Instance, **window: Any) -> tuple[list[str], dict[str, Any]]:
    children = instance.data(PAGE, **window)["structure"]["root"]["children"]
    return [node["name"] for node in children["nodes"]], children["pageInfo"]


def test_the_query_of_the_banner_is_answered_by_all_three_subgraphs(instance: Instance):
    assert EXAMPLE in instance.said()
    search = instance.data(EXAMPLE)["search"]
    assert search["totalCount"] >= len(search["nodes"]) == 3
    for hit in search["nodes"]:
        assert any("<mark>music</mark>" in each["text"].lower() for each in hit["highlights"])  # search
        assert hit["node"]["ancestors"][0] == {"name": "Almanac"}  # structure
        assert hit["node"]["createdBy"] == {"name": "Administrator"}  # identity


def test_pages_follow_each_other_by_their_cursors_forwards_and_backwards(instance: Instance):
    whole, ends = page(instance, first=1000)
    assert len(whole) > 6
    assert (ends["hasNextPage"], ends["hasPreviousPage"]) == (False, False)
    forwards, after = [], None
    while True:
        names, info = page(instance, first=3, after=after)
        forwards += names
        if not info["hasNextPage"]:
            break
        after = info["endCursor"]
    assert forwards == whole
    names, info = page(instance, last=3)
    before, _ = page(instance, last=3, before=info["startCursor"])
    assert before + names == whole[-6:]


def test_hits_follow_each_other_by_their_cursors(instance: Instance):
    query = """query($first: Int, $after: String) { search(query: "music", mode: KEYWORD, first: $first, after: $after) {
        nodes { node { id } } pageInfo { hasNextPage endCursor } } }"""
    whole = instance.data(query, first=25)["search"]["nodes"]
    first = instance.data(query, first=10)["search"]
    second = instance.data(query, first=15, after=first["pageInfo"]["endCursor"])["search"]
    assert first["nodes"] + second["nodes"] == whole
    assert first["pageInfo"]["hasNextPage"]


def test_a_cursor_of_another_list_and_one_of_nobody_are_refused(instance: Instance):
    search = instance.data('{ search(query: "music", first: 1) { pageInfo { endCursor } } }')["search"]
    for cursor in (search["pageInfo"]["endCursor"], "bm9uc2Vuc2U", "no cursor"):
        error = instance.refused(PAGE, first=3, after=cursor)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert error["path"] == ["structure", "root", "children"]


def test_names_are_completed_and_the_rest_of_the_node_comes_with_them(instance: Instance):
    found = instance.data('{ suggest(prefix: "musi", first: 5) { name path createdBy { type } } }')["suggest"]
    assert 0 < len(found) <= 5
    for node in found:
        assert re.search(r"\bmusi", node["name"], re.IGNORECASE)
        assert node["path"].startswith("/")
        assert node["createdBy"] == {"type": "HUMAN"}


def test_a_field_that_is_not_there_is_named_with_the_nearest(instance: Instance):
    error = instance.refused('{ structure(slug: "almanac") { nmae } }')
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert 'Cannot query field "nmae" on type "Structure". Did you mean "name"' in error["message"]


def test_what_is_no_graphql_is_refused_with_the_status_of_the_newer_media_type(instance: Instance):
    newer = {"accept": "application/graphql-response+json"}
    for query in ("{ structure(", "{ nope }", "query($id: ID!) { node(id: $id) { id } }"):
        answer = instance.post(query, newer)
        assert answer.status_code == 400
        assert "data" not in answer.json()
        assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {"BAD_USER_INPUT"}


def test_what_subgraphs_tell_each_other_is_hidden_from_clients(instance: Instance):
    for query in (
        '{ branchScope(id: "x") { revision } }',
        "{ _service { sdl } }",
        "{ _entities(representations: []) { __typename } }",
    ):
        assert instance.refused(query)["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ('{ structure(slug: "almanac") { root { children(first: 1001) { totalCount } } } }', ["structure", "root", "children"]),
        ('{ structure(slug: "almanac") { root { descendants(first: 1001) { totalCount } } } }', ["structure", "root", "descendants"]),
        ('{ structure(slug: "almanac") { changes(first: 1001) { nodes { revision } } } }', ["structure", "changes"]),
        ('{ search(query: "music", first: 1001) { totalCount } }', ["search"]),
        ('{ suggest(prefix: "mu", first: 1001) { id } }', ["suggest"]),
        ("{ principals(first: 1001) { totalCount } }", ["principals"]),
        ("{ structures(first: 1001) { totalCount } }", ["structures"]),
    ],
)  # fmt: skip
def test_a_page_beyond_a_thousand_is_refused_with_the_limit(instance: Instance, query: str, path: list[str]):
    error = instance.refused(query)
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 1000}
    assert re.search(r"1,?000\b", error["message"])
    assert error["path"] == path


def test_more_than_a_thousand_ids_are_refused_and_a_thousand_are_answered_in_order(instance: Instance):
    root = instance.data('{ structure(slug: "almanac") { root { id } } }')["structure"]["root"]["id"]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    asked = ["nonsense", root, "00000000-0000-0000-0000-000000000000", root] * 250
    answer = instance.data(query, ids=asked)["nodes"]
    assert answer == [None, {"id": root}, None, {"id": root}] * 250
    error = instance.refused(query, ids=[*asked, root])
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 1000}
