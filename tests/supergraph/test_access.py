"""Grants through the router: given, shown, inherited and taken back."""

from __future__ import annotations

import pytest

from tests.supergraph.support.instance import Instance, until
from tests.supergraph.support.listener import listening
from tests.supergraph.support.writer import Writer, a_word

pytestmark = pytest.mark.xdist_group("supergraph")

REGISTER = 'mutation { registerAgent(name: "Bot", scopes: ["clay.read", "clay.write"]) { clientId clientSecret } }'
GRANT = """mutation($to: ID!, $node: ID!, $role: Role!) {
    grantAccess(principal: $to, node: $node, role: $role) { id node { name path } principal { name } } }"""
REVOKE = "mutation($id: ID!) { revokeAccess(id: $id) }"
FOUND = """query($words: String!, $within: ID) {
    search(query: $words, within: $within, mode: KEYWORD) { totalCount facets { buckets { count } } nodes { node { name } } }
    suggest(prefix: $words) { name } }"""
SEEN = """query($id: ID!) { node(id: $id) {
    name path myRole parent { name } ancestors { name } children { nodes { name myRole } totalCount } } }"""


class Agent:
    """An agent with a token of its own."""

    def __init__(self, writer: Writer) -> None:
        self._instance = writer.instance
        made = writer.data(REGISTER)["registerAgent"]
        self.id = made["clientId"]
        form = {"grant_type": "client_credentials", "client_id": self.id, "client_secret": made["clientSecret"]}
        address = f"http://127.0.0.1:{self._instance.ports['identity']}/oauth/token"
        self.token = self._instance.http.post(address, data=form).json()["access_token"]

    def sees(self, node: str) -> object:
        """The node as the router shows it to the agent."""
        return self._instance.data(SEEN, self.token, id=node)["node"]

    def refused(self, query: str, **variables: object) -> str:
        return self._instance.refused(query, self.token, **variables)["extensions"]["code"]


@pytest.fixture
def agent(writer: Writer) -> Agent:
    return Agent(writer)


def test_a_grant_opens_a_branch_and_its_end_closes_it_for_the_next_request(writer: Writer, agent: Agent):
    bed = writer.create("Bed")
    rose = writer.create("Rose", bed)
    writer.create("Leaf", rose)
    assert agent.sees(rose) is None
    grant = writer.data(GRANT, to=agent.id, node=rose, role="READ")["grantAccess"]
    assert (grant["node"], grant["principal"]) == ({"name": "Rose", "path": "/bed/rose"}, {"name": "Bot"})
    assert agent.sees(rose) == {
        "name": "Rose", "path": "/bed/rose", "myRole": "READ", "parent": None, "ancestors": [],
        "children": {"nodes": [{"name": "Leaf", "myRole": "READ"}], "totalCount": 1},
    }  # fmt: skip
    assert agent.sees(bed) is None
    rename = 'mutation($id: ID!) { updateNode(input: {id: $id, name: "n"}) { node { id } } }'
    assert (agent.refused(rename, id=rose), agent.refused(rename, id=bed)) == ("FORBIDDEN", "NOT_FOUND")
    assert writer.data("mutation($id: ID!) { revokeAccess(id: $id) }", id=grant["id"]) == {"revokeAccess": True}
    assert agent.sees(rose) is None


def test_a_move_changes_who_sees_what_at_once(writer: Writer, agent: Agent):
    here, there = writer.create("Here"), writer.create("There")
    node = writer.create("Node", there)
    writer.data(GRANT, to=agent.id, node=here, role="READ")
    for _ in range(3):
        assert agent.sees(node) is None
        writer.move(node, here)
        assert agent.sees(node) is not None
        writer.move(node, there)


def test_who_manages_is_shown_all_grants_and_others_only_their_own(writer: Writer, agent: Agent, instance: Instance):
    bed = writer.create("Bed")
    writer.data(GRANT, to=agent.id, node=bed, role="WRITE")
    query = "query($id: ID!) { node(id: $id) { grants { role principal { name } node { name } } } }"
    shown = writer.data(query, id=bed)["node"]["grants"]
    assert [(each["role"], each["principal"]["name"]) for each in shown] == [
        ("MANAGE", "Administrator"),
        ("WRITE", "Bot"),
    ]
    assert agent.refused(query, id=bed) == "FORBIDDEN"
    mine = "{ me { grants { role node { name path } grantedBy { name } } } }"
    assert instance.data(mine, agent.token)["me"]["grants"] == [
        {"role": "WRITE", "node": {"name": "Bed", "path": "/bed"}, "grantedBy": {"name": "Administrator"}}
    ]
    # Whatever a client asks for under the name of an internal field, it learns no more.
    query = "query($id: ID!) { node(id: $id) { line: properties grants { role } } }"
    assert agent.refused(query, id=bed) == "FORBIDDEN"


def test_the_sample_is_there_for_everybody(instance: Instance, agent: Agent):
    query = '{ structures { nodes { slug isPublic } } nodeByPath(structure: "almanac", path: "/") { name myRole } }'
    for token in (None, agent.token):
        answer = instance.data(query, token)
        assert answer["structures"]["nodes"] == [{"slug": "almanac", "isPublic": True}]
        assert answer["nodeByPath"] == {"name": "Almanac", "myRole": "READ"}


def test_a_search_finds_what_was_granted_and_nothing_of_the_rest_not_even_a_number(writer: Writer, agent: Agent):
    word = a_word()
    bed = writer.create("Bed")
    inside, outside = writer.create(f"{word} inside", bed), writer.create(f"{word} outside")
    writer.finds(word, [inside, outside])
    nothing = {"search": {"totalCount": 0, "facets": [{"buckets": []}], "nodes": []}, "suggest": []}
    assert writer.instance.data(FOUND, agent.token, words=word) == nothing
    grant = writer.data(GRANT, to=agent.id, node=bed, role="READ")["grantAccess"]["id"]
    one = {"totalCount": 1, "facets": [{"buckets": [{"count": 1}]}], "nodes": [{"node": {"name": f"{word} inside"}}]}
    expected = {"search": one, "suggest": [{"name": f"{word} inside"}]}
    assert writer.instance.data(FOUND, agent.token, words=word) == expected
    assert writer.instance.data(FOUND, agent.token, words=word, within=bed) == expected
    assert agent.refused(FOUND, words=word, within=writer.root) == "NOT_FOUND"
    writer.move(outside, bed)
    until(lambda: writer.instance.data(FOUND, agent.token, words=word)["search"]["totalCount"] == 2)
    writer.move(inside, writer.root)  # and is found no more at once, though the index has not read it
    found = writer.instance.data(FOUND, agent.token, words=word)["search"]["nodes"]
    assert {"node": {"name": f"{word} inside"}} not in found
    writer.data(REVOKE, id=grant)
    assert writer.instance.data(FOUND, agent.token, words=word) == nothing


def test_who_follows_a_branch_is_told_that_the_right_has_ended_and_who_follows_grants_of_both(
    writer: Writer, agent: Agent
):
    bed = writer.create("Bed")
    own = "subscription { accessChanged { type grant { role node { name } } } }"
    within = "subscription($node: ID!) { changes(within: $node) { type node { name } } }"
    with listening(writer.instance, agent.token, own) as grants:
        grant = writer.data(GRANT, to=agent.id, node=bed, role="READ")["grantAccess"]["id"]
        told = grants.next()["data"]["accessChanged"]
        assert told == {"type": "GRANTED", "grant": {"role": "READ", "node": {"name": "Bed"}}}
        with listening(writer.instance, agent.token, within, node=bed) as changes:
            writer.create("Rose", bed)
            assert changes.next()["data"]["changes"] == {"type": "CREATED", "node": {"name": "Rose"}}
            writer.data(REVOKE, id=grant)
            [error] = changes.next(1)["errors"]
            assert error["extensions"]["reason"] == "REVOKED"
        assert grants.next()["data"]["accessChanged"]["type"] == "REVOKED"
