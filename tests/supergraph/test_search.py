"""Search through the router: by words, by meaning, by properties, in a branch, likenesses, and standing queries."""

from __future__ import annotations

import pytest

from tests.supergraph.support.instance import Instance, until
from tests.supergraph.support.listener import listening
from tests.supergraph.support.writer import Writer

pytestmark = [pytest.mark.xdist_group("supergraph"), pytest.mark.usefixtures("indexed")]
SEARCH = """
query($q: String!, $within: ID, $mode: SearchMode, $where: String) {
  search(query: $q, within: $within, mode: $mode, where: $where, first: 5) {
    totalCount lag facets { buckets { value count } } nodes { highlights { text } node { id name path } }
  }
}"""


def embedded(instance: Instance) -> bool:
    """Whether every text has its vector."""
    port = instance.ports["search"]
    status = instance.http.get(f"http://127.0.0.1:{port}/v1/search/status").json()
    return status["meaning"]["waiting"] == 0 and status["meaning"]["vectors"] > 3_000


def test_concepts_related_to_happiness_are_found_inside_one_branch(instance: Instance):
    until(lambda: embedded(instance))
    branch = instance.data('{ nodeByPath(structure: "almanac", path: "/feelings") { id } }')["nodeByPath"]["id"]
    words = instance.data(SEARCH, q="happiness", within=branch, mode="KEYWORD")["search"]
    both = instance.data(SEARCH, q="happiness", within=branch, mode="HYBRID")["search"]
    assert 0 < words["totalCount"] < both["totalCount"]
    assert all(hit["node"]["path"].startswith("/feelings") for hit in both["nodes"])
    assert both["nodes"][0]["node"]["name"] == "happiness"
    assert sum(bucket["count"] for bucket in both["facets"][0]["buckets"]) == both["totalCount"]


def test_what_is_like_a_node_comes_with_its_other_fields(instance: Instance):
    until(lambda: embedded(instance))
    query = '{ search(query: "happiness", mode: KEYWORD, first: 1) { nodes { node { name similar(first: 3) { score node { name path } } } } } }'
    [hit] = instance.data(query)["search"]["nodes"]
    like = hit["node"]["similar"]
    assert len(like) == 3
    assert like[0]["score"] >= like[-1]["score"] > 0.2
    assert all(each["node"]["path"].startswith("/") for each in like)


def test_properties_narrow_a_search(instance: Instance, writer: Writer):
    root = writer.root
    for price in (1, 5):
        writer.create(f"zebrawood {price}", root, properties={"price": price})
    found = lambda: instance.data(SEARCH, writer.token, q="zebrawood", within=root, where="$.price > 2")["search"]  # noqa: E731
    until(lambda: found()["totalCount"] == 1)
    assert found()["nodes"][0]["node"]["name"] == "zebrawood 5"
    error = instance.refused(SEARCH, q="zebrawood", where="$.price")
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


STANDING = """
subscription($q: String!, $within: ID) {
  searchChanged(query: $q, within: $within) { type revision hit { score highlights { text } node { name path } } }
}"""


def test_a_standing_query_is_told_through_the_router_with_the_fields_of_others(instance: Instance, writer: Writer):
    grove, other = (writer.create(name, writer.root) for name in ("grove", "other"))
    with listening(instance, writer.token, STANDING, q="purpleheart", within=grove) as events:
        writer.create("purpleheart outside", other)
        inside = writer.create("purpleheart inside", grove)
        told = events.next()["data"]["searchChanged"]
        assert (told["type"], told["hit"]["score"]) == ("MATCHED", 1.0)
        assert told["hit"]["highlights"] == [{"text": "<mark>purpleheart</mark> inside"}]
        assert told["hit"]["node"]["name"] == "purpleheart inside"
        assert told["hit"]["node"]["path"].endswith("/grove/purpleheart-inside")
        writer.move(inside, other)
        gone = events.next()["data"]["searchChanged"]
        assert (gone["type"], gone["hit"]["highlights"]) == ("UNMATCHED", [])
        assert gone["revision"] > told["revision"]
