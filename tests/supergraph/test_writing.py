"""Writing through the router, and finding what was written."""

import json

import pytest

from tests.supergraph.support.instance import Instance
from tests.supergraph.support.writer import CREATE, UPDATE, Writer, a_word

pytestmark = pytest.mark.xdist_group("supergraph")


def test_what_is_written_is_found_within_seconds_by_its_new_name_alone(writer: Writer):
    old, new = a_word(), a_word()
    node = writer.create(old)
    writer.finds(old, [node])
    changed = writer.rename(node, new)
    assert (changed["node"]["name"], changed["node"]["version"]) == (new, 2)
    assert changed["change"]["revision"] == 3
    writer.finds(new, [node])
    assert writer.found(old) == set()


def test_a_branch_holds_what_was_moved_into_it_and_no_longer_what_was_moved_out(writer: Writer):
    word = a_word()
    here, there = writer.create("Here"), writer.create("There")
    top = writer.create(word, here)
    below = writer.create(f"{word} too", top)
    writer.finds(word, {top, below}, within=here)
    assert writer.found(word, within=there) == set()
    assert writer.found(word, within=top) == {top, below}
    assert writer.move(top, there)["node"]["path"] == f"/there/{word}"
    writer.finds(word, {top, below}, within=there)
    writer.finds(word, set(), within=here)
    assert writer.found(word) == writer.found(word, within=top) == {top, below}


def test_who_wrote_is_told_by_identity(writer: Writer):
    node = writer.create("Signed")
    query = """query($id: ID!) { me { principal { id } } node(id: $id) {
        createdBy { id name type } history { nodes { type principal { name } actors { id } } } } }"""
    answer = writer.data(query, id=node)
    assert answer["node"]["createdBy"] == {
        "id": answer["me"]["principal"]["id"],
        "name": "Administrator",
        "type": "HUMAN",
    }
    [change] = answer["node"]["history"]["nodes"]
    assert change == {"type": "CREATED", "principal": {"name": "Administrator"}, "actors": []}


def test_without_a_token_nothing_is_written(writer: Writer):
    node = writer.create("Kept")
    before = writer.revision()
    mutations = [
        ('mutation { createStructure(slug: "stolen", name: "Stolen") { id } }', "createStructure"),
        (f'mutation {{ createNode(input: {{parent: "{writer.root}", kind: "k", name: "n"}}) {{ node {{ id }} }} }}', "createNode"),
        (f'mutation {{ updateNode(input: {{id: "{node}", name: "n"}}) {{ node {{ id }} }} }}', "updateNode"),
        (f'mutation {{ moveNode(input: {{id: "{node}", parent: "{writer.root}"}}) {{ node {{ id }} }} }}', "moveNode"),
        ('mutation { registerAgent(name: "Bot", scopes: ["clay.read"]) { clientId } }', "registerAgent"),
    ]  # fmt: skip
    for mutation, path in mutations:
        error = writer.instance.refused(mutation)
        assert (error["extensions"]["code"], error["path"]) == ("UNAUTHENTICATED", [path])
    assert writer.revision() == before
    assert writer.instance.data('{ structure(slug: "stolen") { id } }') == {"structure": None}


@pytest.mark.parametrize("bad", ["nonsense", "a.b.c", "tampered"])
def test_a_bad_token_is_refused_even_for_reading(instance: Instance, token: str, bad: str):
    if bad == "tampered":
        head, body, signature = token.split(".")
        bad = f"{head}.{body}.{signature[::-1]}"
    answer = instance.post("{ structures { totalCount } }", {"authorization": f"Bearer {bad}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert "data" not in answer.json()
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_name_of_1024_characters_is_taken_and_a_longer_one_is_not(writer: Writer):
    longest = "é" * 1024
    node = writer.create(longest)
    before = writer.revision()
    for query, given in ((CREATE, {"parent": writer.root, "kind": "k"}), (UPDATE, {"id": node})):
        error = writer.refused(query, input={**given, "name": longest + "x"})
        assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 1024}
        assert "1,024 characters" in error["message"]
    assert writer.revision() == before


def test_properties_of_256_kb_are_taken_and_larger_ones_are_not(writer: Writer):
    most = 256 * 1024
    fitting = {"text": "x" * (most - len('{"text":""}'))}
    assert len(json.dumps(fitting, separators=(",", ":"))) == most
    node = writer.create("Heavy", properties=fitting)
    before = writer.revision()
    larger = {"text": fitting["text"] + "x"}
    for query, given in (
        (CREATE, {"parent": writer.root, "kind": "k", "name": "Heavier"}),
        (UPDATE, {"id": node}),
    ):
        error = writer.refused(query, input={**given, "properties": larger})
        assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": most}
        assert "256 KB" in error["message"]
    # Each of the two fits, but not what the merge makes of them.
    error = writer.refused(UPDATE, input={"id": node, "properties": {"more": "y"}})
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    kept = writer.data("query($id: ID!) { node(id: $id) { properties } }", id=node)
    assert kept == {"node": {"properties": fitting}}
    assert writer.revision() == before


def test_a_node_can_not_be_moved_into_its_own_branch(writer: Writer):
    top = writer.create("Top")
    below = writer.create("Below", top)
    before = writer.revision()
    error = writer.refused(
        "mutation($i: MoveNode!) { moveNode(input: $i) { node { id } } }", i={"id": top, "parent": below}
    )
    assert error["extensions"]["code"] == "CYCLE"
    assert writer.revision() == before


def test_a_repeat_with_the_same_id_is_answered_with_the_first_result(writer: Writer):
    chosen = "0192a000-0000-7000-8000-" + writer.slug[1:13]
    first = writer.create("Once", id=chosen)
    before = writer.revision()
    assert writer.create("Once", id=chosen) == first == chosen
    assert writer.refused(CREATE, input={"parent": writer.root, "kind": "thing", "name": "Other", "id": chosen})[
        "extensions"
    ] == {"code": "CONFLICT"}
    assert writer.revision() == before
