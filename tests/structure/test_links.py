"""Links between nodes, as a client sees them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

LINK = """mutation($input: LinkNodes!) {linkNodes(input: $input) {
    link {id kind properties source {name} target {name} createdAt} change {revision type nodeId details}}}"""
UNLINK = """mutation($input: UnlinkNodes!) {unlinkNodes(input: $input) {
    link {id} change {revision type nodeId details}}}"""
LINKS = """query($id: ID!, $kind: String, $direction: LinkDirection, $first: Int = 50, $after: String) {node(id: $id) {
    links(kind: $kind, direction: $direction, first: $first, after: $after) {
        totalCount nodes {kind source {name} target {name}} edges {cursor} pageInfo {hasNextPage endCursor}}}}"""
HISTORY = """query($id: ID!, $first: Int, $after: String) {node(id: $id) {
    history(first: $first, after: $after) {nodes {revision type} pageInfo {hasNextPage endCursor}}}}"""


async def _link(world: Any, source: str, target: str, kind: str = "likes", **more: Any) -> dict[str, Any]:
    given = {"source": source, "target": target, "kind": kind, **more}
    return (await world.client.data(LINK, input=given))["linkNodes"]


async def _links(world: Any, node: str, direction: str = "OUT", **more: Any) -> list[str]:
    """Each link as 'kind: source > target'; their number must be the total."""
    found = (await world.client.data(LINKS, id=node, direction=direction, **more))["node"]["links"]
    assert found["totalCount"] == len(found["nodes"])
    return [f"{each['kind']}: {each['source']['name']} > {each['target']['name']}" for each in found["nodes"]]


async def _history(world: Any, node: str) -> list[str]:
    found = (await world.client.data(HISTORY, id=node, first=50))["node"]["history"]
    return [f"{each['revision']} {each['type']}" for each in found["nodes"]]


async def test_a_link_is_seen_from_both_ends(world: Any) -> None:
    a, b = await world.create("a"), await world.create("b")

    made = await _link(world, a, b, properties={"much": True})

    assert made["link"]["properties"] == {"much": True}
    assert made["link"]["source"] == {"name": "a"}
    assert made["change"] == {
        "revision": 4, "type": "LINKED", "nodeId": a,
        "details": {"id": made["link"]["id"], "kind": "likes", "source": a, "target": b, "properties": {"much": True}},
    }  # fmt: skip
    assert await _links(world, a) == await _links(world, b, "IN") == ["likes: a > b"]
    assert await _links(world, b) == await _links(world, a, "IN") == []
    assert await _links(world, a, "BOTH") == await _links(world, b, "BOTH") == ["likes: a > b"]


async def test_a_link_that_is_gone_can_be_made_again_from_its_change(world: Any) -> None:
    a, b = await world.create("a"), await world.create("b")
    made = await _link(world, a, b, properties={"much": True})

    gone = (await world.client.data(UNLINK, input={"id": made["link"]["id"]}))["unlinkNodes"]

    assert gone["link"] is None
    assert gone["change"] == {**made["change"], "revision": 5, "type": "UNLINKED"}
    assert await _links(world, a, "BOTH") == await _links(world, b, "BOTH") == []
    told = gone["change"]["details"]
    again = await _link(world, told["source"], told["target"], told["kind"], properties=told["properties"])
    assert again["link"]["id"] != made["link"]["id"]
    assert await _links(world, a) == ["likes: a > b"]


async def test_a_link_is_history_of_both_its_ends(world: Any) -> None:
    a, b = await world.create("a"), await world.create("b")
    made = await _link(world, a, b)
    await _link(world, b, b, "is")
    await world.client.data(UNLINK, input={"id": made["link"]["id"]})

    assert await _history(world, a) == ["6 UNLINKED", "4 LINKED", "2 CREATED"]
    assert await _history(world, b) == ["6 UNLINKED", "5 LINKED", "4 LINKED", "3 CREATED"]
    first = (await world.client.data(HISTORY, id=b, first=2))["node"]["history"]
    after = first["pageInfo"]["endCursor"]
    rest = (await world.client.data(HISTORY, id=b, first=2, after=after))["node"]["history"]
    assert [each["revision"] for page in (first, rest) for each in page["nodes"]] == [6, 5, 4, 3]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_a_link_may_lead_to_its_own_source_and_is_seen_once(world: Any) -> None:
    a = await world.create("a")
    await _link(world, a, a, "next")
    for direction in ("OUT", "IN", "BOTH"):
        assert await _links(world, a, direction) == ["next: a > a"]
        assert await _links(world, a, direction, kind="next") == ["next: a > a"]


async def test_a_repeat_is_answered_with_the_first_result(world: Any) -> None:
    a, b = await world.create("a"), await world.create("b")
    first = await _link(world, a, b, properties={"n": 1})
    assert await _link(world, a, b, properties={"n": 1.0}) == first
    assert await world.revision() == 4

    code, message = await world.client.refused(
        LINK, input={"source": a, "target": b, "kind": "likes", "properties": {"n": True}}
    )

    assert (code, message) == ("CONFLICT", "A link of the kind 'likes' is there already, with other properties.")
    assert await world.revision() == 4
    assert await _links(world, a) == ["likes: a > b"]
    await _link(world, b, a, properties={"n": True})  # the other way round it is another link
    assert await _links(world, a, "BOTH") == ["likes: a > b", "likes: b > a"]


async def test_ten_equal_requests_at_once_make_one_link(world: Any) -> None:
    a, b = await world.create("a"), await world.create("b")
    answers = await asyncio.gather(*(_link(world, *((a, b) if n % 2 else (b, a))) for n in range(10)))
    assert len({answer["link"]["id"] for answer in answers}) == 2
    assert await world.revision() == 5


async def test_links_are_listed_by_kind_and_then_by_age_page_by_page(world: Any) -> None:
    a = await world.create("a")
    others = [await world.create(f"n{number}") for number in range(4)]
    for other in others:
        await _link(world, a, other, "zeta")
        await _link(world, other, a, "alpha")
    await _link(world, a, a, "beta")
    whole = await _links(world, a, "BOTH")
    assert whole == [
        *(f"alpha: n{n} > a" for n in range(4)), "beta: a > a", *(f"zeta: a > n{n}" for n in range(4)),
    ]  # fmt: skip

    for size in (1, 2, 4, 5, 9):
        seen: list[str] = []
        after = None
        while True:
            asked = {"id": a, "direction": "BOTH", "first": size, "after": after}
            page = (await world.client.data(LINKS, **asked))["node"]["links"]
            assert page["totalCount"] == 9
            seen += [f"{each['kind']}: {each['source']['name']} > {each['target']['name']}" for each in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == whole

    assert await _links(world, a, "BOTH", kind="zeta") == [f"zeta: a > n{n}" for n in range(4)]
    assert await _links(world, a, "IN", kind="zeta") == []
    page = (await world.client.data(LINKS, id=a, kind="zeta", first=3))["node"]["links"]
    rest = (await world.client.data(LINKS, id=a, kind="zeta", after=page["pageInfo"]["endCursor"]))["node"]["links"]
    assert (page["totalCount"], [each["target"]["name"] for each in rest["nodes"]]) == (4, ["n3"])


async def test_a_cursor_of_another_list_is_refused(world: Any) -> None:
    child = await world.create("a")
    await world.create("b")
    children = "query($id: ID!) {node(id: $id) {children(first: 1) {edges {cursor}}}}"
    cursor = (await world.client.data(children, id=world.root))["node"]["children"]["edges"][0]["cursor"]
    found = (await world.client.data(LINKS, id=child, after=cursor))["node"]["links"]
    assert found["nodes"] == []
    code, _ = await world.client.refused(LINKS, id=child, after="nonsense")
    assert code == "BAD_USER_INPUT"


async def test_the_links_of_many_nodes_come_in_one_statement(world: Any) -> None:
    from mediaclay_kernel.testing import statements

    a = await world.create("a")
    for number in range(5):
        await _link(world, await world.create(f"n{number}"), a)
    query = "query($id: ID!) {node(id: $id) {children {nodes {links {nodes {id}}}}}}"
    with statements(world.client.state.database) as asked:
        answer = await world.client.data(query, id=world.root)
    assert [len(node["links"]["nodes"]) for node in answer["node"]["children"]["nodes"]] == [0, 1, 1, 1, 1, 1]
    assert len([sql for sql in asked if "FROM link" in sql]) == 1


PRUNE = "mutation($id: ID!) {pruneNode(input: {id: $id}) {change {revision}}}"
RESTORE = "mutation($id: ID!) {restoreNode(input: {id: $id}) {change {revision}}}"


async def test_a_link_goes_with_either_of_its_ends_and_comes_back_with_it(world: Any) -> None:
    a, top = await world.create("a"), await world.create("top")
    below = await world.create("below", top)
    out, into = await _link(world, a, below), await _link(world, below, a)
    await _link(world, a, a, "self")
    everything = ["likes: a > below", "likes: below > a", "self: a > a"]
    assert await _links(world, a, "BOTH") == everything

    await world.client.data(PRUNE, id=top)

    before = await world.revision()
    for direction in ("OUT", "IN", "BOTH"):
        assert await _links(world, a, direction) == ["self: a > a"]
        assert await _links(world, a, direction, kind="likes") == []
    for gone in (out, into):
        code, message = await world.client.refused(UNLINK, input={"id": gone["link"]["id"]})
        assert (code, message) == ("NOT_FOUND", f"There is no link {gone['link']['id']}.")
    code, message = await world.client.refused(LINK, input={"source": a, "target": below, "kind": "new"})
    assert (code, message) == ("NOT_FOUND", f"There is no node {below}.")
    assert await world.revision() == before

    await world.client.data(RESTORE, id=top)

    assert await _links(world, a, "BOTH") == everything
    assert await _links(world, below, "BOTH") == everything[:2]


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"kind": " "}, "BAD_USER_INPUT", "The kind is empty, or holds a NUL character."),
        ({"kind": "x" * 256}, "LIMIT_EXCEEDED", "A kind has at most 255 characters."),
        ({"properties": [1]}, "BAD_USER_INPUT", "The properties must be a JSON object."),
        ({"properties": {"x": "y" * 262_144}}, "LIMIT_EXCEEDED", "Properties take at most 256 KB; these take 256 KB."),
        ({"target": "nonsense"}, "BAD_USER_INPUT", "target is not a UUID: 'nonsense'"),
        ({"source": "00000000-0000-7000-8000-000000000000"}, "NOT_FOUND", "There is no node 00000000-0000-7000-8000-000000000000."),
    ],
)  # fmt: skip
async def test_bad_input_links_nothing(world: Any, given: dict[str, Any], code: str, message: str) -> None:
    a = await world.create("a")
    before = await world.revision()
    full = {"source": a, "target": world.root, "kind": "likes", **given}
    assert await world.client.refused(LINK, input=full) == (code, message)
    assert await world.revision() == before
    assert await _links(world, a, "BOTH") == []


async def test_links_stay_within_a_structure(world: Any) -> None:
    a = await world.create("a")
    made = await world.client.data('mutation {createStructure(slug: "farm", name: "Farm") {root {id}}}')
    given = {"source": a, "target": made["createStructure"]["root"]["id"], "kind": "likes"}
    code, message = await world.client.refused(LINK, input=given)
    assert (code, message) == ("BAD_USER_INPUT", "The nodes belong to different structures.")
    assert await world.revision() == 2


async def test_a_link_that_is_not_there_can_not_be_removed(world: Any) -> None:
    a = await world.create("a")
    made = await _link(world, a, a)
    await world.client.data(UNLINK, input={"id": made["link"]["id"]})
    for link in (made["link"]["id"], a):
        code, message = await world.client.refused(UNLINK, input={"id": link})
        assert (code, message) == ("NOT_FOUND", f"There is no link {link}.")
    assert await world.revision() == 4


async def test_linking_needs_a_token_and_its_scope(world: Any) -> None:
    a = await world.create("a")
    link = (await _link(world, a, a))["link"]["id"]
    reader = world.client.issuer.token(scope="clay.read")
    for token, code in ((None, "UNAUTHENTICATED"), (reader, "FORBIDDEN")):
        given = {"source": a, "target": world.root, "kind": "likes"}
        assert (await world.client.refused(LINK, token=token, input=given))[0] == code
        assert (await world.client.refused(UNLINK, token=token, input={"id": link}))[0] == code
    assert await world.revision() == 3
    assert await _links(world, a) == ["likes: a > a"]
