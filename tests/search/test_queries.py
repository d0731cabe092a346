"""Search and its completions, asked in GraphQL."""

from __future__ import annotations

from typing import Any

import pytest
from mediaclay_kernel.ids import encode_cursor, new_id

SEARCH = """
query (
  $q: String!, $within: ID, $kinds: [String!], $where: String, $mode: SearchMode, $first: Int, $after: String
) {
  search(query: $q, within: $within, kinds: $kinds, where: $where, mode: $mode, first: $first, after: $after) {
    edges { cursor node { node { id } score } }
    nodes { node { __typename id } highlights { field text } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount facets { field buckets { value count } } lag
  }
}"""
SUGGEST = "query ($p: String!, $within: ID, $first: Int) { suggest(prefix: $p, within: $within, first: $first) { id } }"


class World:
    """Two trees of which search knows."""

    def __init__(self, client: Any, forest: Any, structure: str, ids: dict[str, str], until: Any) -> None:
        self.client, self.forest, self.structure, self.ids, self.until = client, forest, structure, ids, until

    async def search(self, q: str, **variables: Any) -> dict[str, Any]:
        return (await self.client.data(SEARCH, q=q, **variables))["search"]

    async def refused(self, q: str = "oak", **variables: Any) -> tuple[str, str]:
        return await self.client.refused(SEARCH, q=q, **variables)


@pytest.fixture
async def world(forest, searching, finds, until):
    oaks, elms = forest.plant(), forest.plant()
    [red] = forest.grow(oaks, "red oak", okey="1/", kind="tree", properties={"note": "turns <red> in autumn"})
    [white] = forest.grow(oaks, "white oak", okey="2/", kind="tree")
    [leaf] = forest.grow(oaks, "oak leaf", okey="1/1/", kind="leaf")
    [elm] = forest.grow(elms, "elm beside an oak", kind="tree")
    async with searching(forest, public_read=False) as client:
        await finds(client, "oak", [red, white, leaf, elm])
        yield World(client, forest, oaks, {"red": red, "white": white, "leaf": leaf, "elm": elm}, until)


async def test_a_search_answers_hits_counts_and_places(world):
    found = await world.search("oak red", first=2)
    [hit] = found["nodes"]
    assert hit["node"] == {"__typename": "Node", "id": world.ids["red"]}
    assert hit["highlights"] == [
        {"field": "name", "text": "<mark>red</mark> <mark>oak</mark>"},
        {"field": "properties", "text": "turns &lt;<mark>red</mark>&gt; in autumn"},
    ]
    [edge] = found["edges"]
    assert edge["node"]["node"] == {"id": world.ids["red"]}
    assert edge["node"]["score"] > 0
    assert found["pageInfo"] == {
        "hasNextPage": False, "hasPreviousPage": False, "startCursor": edge["cursor"], "endCursor": edge["cursor"],
    }  # fmt: skip
    assert (found["totalCount"], found["lag"]) == (1, 0)


async def test_facets_count_all_matches_by_kind(world):
    found = await world.search("oak", first=1)
    buckets = [{"value": "tree", "count": 3}, {"value": "leaf", "count": 1}]
    assert found["facets"] == [{"field": "kind", "buckets": buckets}]
    found = await world.search("oak", kinds=["leaf"])
    assert found["facets"] == [{"field": "kind", "buckets": [{"value": "leaf", "count": 1}]}]
    assert [hit["node"]["id"] for hit in found["nodes"]] == [world.ids["leaf"]]


@pytest.mark.parametrize("q", ["oak", ""])
async def test_pages_follow_each_other(world, q):
    whole = await world.search(q)
    seen: list[Any] = []
    page, after = whole, None
    for _ in range(4):
        page = await world.search(q, first=1, after=after)
        assert page["totalCount"] == 4
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = page["pageInfo"]["endCursor"]
        seen += page["edges"]
    assert not page["pageInfo"]["hasNextPage"]
    assert [edge["node"]["node"] for edge in seen] == [edge["node"]["node"] for edge in whole["edges"]]
    end = await world.search(q, first=1, after=after)
    assert (end["nodes"], end["pageInfo"]["endCursor"], end["totalCount"]) == ([], None, 4)


async def test_within_searches_what_structure_says_of_the_branch_to_this_caller(world):
    branch = {"structure": world.structure, "anchors": [], "ranges": [{"anchor": "1", "from": "1/", "to": "10"}]}
    world.forest.branches[world.ids["red"]] = branch
    found = await world.search("oak", within=world.ids["red"])
    assert {hit["node"]["id"] for hit in found["nodes"]} == {world.ids["red"], world.ids["leaf"]}
    assert (found["totalCount"], found["lag"]) == (2, 0)
    [authorization] = set(world.forest.authorizations)
    assert authorization.startswith("Bearer ey")
    found = await world.client.data(SUGGEST, p="oak", within=world.ids["red"])
    assert {each["id"] for each in found["suggest"]} == {world.ids["red"], world.ids["leaf"]}


async def test_where_a_branch_lies_is_asked_anew_for_each_search(world):
    world.forest.branches[world.ids["red"]] = {"structure": world.structure, "anchors": ["1"], "ranges": []}
    one, other = world.client.issuer.token(), world.client.issuer.token()
    before = world.forest.seen["/graphql"]
    for token in (one, one, other, other):
        found = await world.client.data(SEARCH, token, q="oak", within=world.ids["red"])
        assert found["search"]["totalCount"] == 3
    assert world.forest.seen["/graphql"] - before == 4


async def test_an_unknown_and_an_unreadable_branch_look_alike(world):
    world.forest.branches[world.ids["red"]] = {"code": "FORBIDDEN"}
    world.forest.branches[world.ids["elm"]] = {"code": "NOT_FOUND"}
    for id_ in (world.ids["red"], world.ids["elm"], str(new_id())):
        assert await world.refused(within=id_) == ("NOT_FOUND", f"There is no node {id_} that you may see.")


async def test_a_branch_that_structure_wants_a_token_for_is_unauthenticated(world):
    world.forest.branches[world.ids["red"]] = {"code": "UNAUTHENTICATED"}
    assert (await world.refused(within=world.ids["red"]))[0] == "UNAUTHENTICATED"


async def test_without_structure_nobody_says_what_may_be_seen(world):
    world.forest.broken = 503
    assert (await world.refused(within=world.ids["red"]))[0] == "UNAVAILABLE"
    assert (await world.refused())[0] == "UNAVAILABLE"
    world.forest.broken = None
    assert (await world.search("oak"))["totalCount"] == 4


async def test_what_is_pruned_is_not_found_counted_or_suggested(world):
    world.forest.change(world.structure, world.ids["leaf"], anchor=9_007_199_254_740_993)
    world.forest.pruned = ["9007199254740993"]

    async def hidden() -> bool:
        found = await world.search("oak")
        return (found["totalCount"], found["lag"]) == (3, 0)

    await world.until(hidden)
    found = await world.search("oak")
    assert world.ids["leaf"] not in {hit["node"]["id"] for hit in found["nodes"]}
    assert found["facets"] == [{"field": "kind", "buckets": [{"value": "tree", "count": 3}]}]
    assert (await world.client.data(SUGGEST, p="oak l"))["suggest"] == []
    world.forest.pruned = []
    assert (await world.search("oak"))["totalCount"] == 4
    assert (await world.client.data(SUGGEST, p="oak l"))["suggest"] == [{"id": world.ids["leaf"]}]


async def test_what_is_pruned_is_asked_anew_for_each_search_as_the_caller_and_for_none_in_a_branch(world):
    world.forest.branches[world.ids["red"]] = {"structure": world.structure, "anchors": ["1"], "ranges": []}
    world.forest.pruned_asked_by.clear()
    one, other = world.client.issuer.token(), world.client.issuer.token()
    for token in (one, one, other):
        await world.client.data(SEARCH, token, q="oak")
    await world.client.data(SEARCH, one, q="oak", within=world.ids["red"])
    assert world.forest.pruned_asked_by == [f"Bearer {one}", f"Bearer {one}", f"Bearer {other}"]


async def test_a_structure_that_can_not_say_what_is_pruned_is_not_believed(world):
    world.forest.pruned = None
    assert (await world.refused())[0] == "UNAVAILABLE"


async def test_only_what_may_be_read_is_found_be_it_a_part_or_a_whole_structure_without_what_is_pruned(world):
    world.forest.change(world.structure, world.ids["leaf"], anchor=7)
    other = world.forest.plant()
    [elsewhere] = world.forest.grow(other, "holm oak")
    whole = {"structure": world.structure, "isWhole": True, "anchors": [], "ranges": []}

    async def found(*parts: dict[str, Any]) -> set[str]:
        heads = world.forest.heads()
        world.forest.readable = [{**part, "revision": heads[part["structure"]]} for part in parts]
        answer = await world.search("oak")
        ids = {hit["node"]["id"] for hit in answer["nodes"]}
        assert answer["totalCount"] == len(ids) == sum(b["count"] for b in answer["facets"][0]["buckets"])
        return ids

    async def caught_up() -> bool:
        world.forest.readable = None
        answer = await world.search("oak")
        return (answer["totalCount"], answer["lag"]) == (5, 0)

    await world.until(caught_up)
    oaks = {world.ids[name] for name in ("red", "white", "leaf")}
    assert await found() == set()
    assert await found(whole) == oaks
    world.forest.pruned = ["7"]
    assert await found(whole) == oaks - {world.ids["leaf"]}
    assert await found({**whole, "isWhole": False, "anchors": ["7"]}) == {world.ids["leaf"]}
    assert await found({**whole, "structure": other}) == {elsewhere}


@pytest.mark.parametrize(
    ("variables", "code", "says"),
    [
        ({"first": 1001}, "LIMIT_EXCEEDED", "1000"),
        ({"first": -1}, "BAD_USER_INPUT", "negative"),
        ({"q": "x" * 1025}, "LIMIT_EXCEEDED", "1024"),
        ({"q": "a b " * 3 + " ".join(map(str, range(33)))}, "LIMIT_EXCEEDED", "32 words"),
        ({"kinds": [str(n) for n in range(101)]}, "LIMIT_EXCEEDED", "100"),
        ({"within": "nonsense"}, "BAD_USER_INPUT", "within is not a UUID"),
        ({"mode": "SEMANTIC"}, "BAD_USER_INPUT", "switched off"),
        ({"where": "$.a.b"}, "BAD_USER_INPUT", "too early"),
        ({"where": "$.a like_regex 1"}, "BAD_USER_INPUT", "character 5"),
        ({"where": "(" * 40 + "$.a == 1" + ")" * 40}, "LIMIT_EXCEEDED", "32"),
        ({"after": "nonsense"}, "BAD_USER_INPUT", "cursor"),
        ({"after": encode_cursor("another list")}, "BAD_USER_INPUT", "cursor"),
        ({"after": encode_cursor(1.0, "x TO *] OR *", 1)}, "BAD_USER_INPUT", "after is not a UUID"),
    ],
)
async def test_what_does_not_fit_is_refused_by_name(world, variables, code, says):
    refused = await world.refused(**variables)
    assert refused[0] == code
    assert says in refused[1]
    assert (await world.search("oak"))["totalCount"] == 4


@pytest.mark.parametrize("rank", [-5, 0, 2**62])
async def test_a_cursor_with_a_forged_rank_costs_nothing(world, rank):
    whole = await world.search("oak")
    first = whole["edges"][0]
    forged = encode_cursor(first["node"]["score"], first["node"]["node"]["id"], rank)
    page = await world.search("oak", after=forged)
    assert [edge["node"]["node"] for edge in page["edges"]] == [edge["node"]["node"] for edge in whole["edges"][1:]]


async def test_nulls_stand_for_what_is_usual(world):
    found = await world.search("oak", within=None, kinds=None, mode=None, first=None, after=None)
    assert found["totalCount"] == 4
    assert (await world.search("oak", kinds=[]))["totalCount"] == 4


async def test_nobody_reads_without_a_token_unless_reading_is_public(world):
    for asked, variables in ((SEARCH, {"q": "oak"}), (SUGGEST, {"p": "oak"})):
        assert (await world.client.refused(asked, None, **variables))[0] == "UNAUTHENTICATED"
        unfit = world.client.issuer.token(scope="clay.write")
        assert (await world.client.refused(asked, unfit, **variables))[0] == "FORBIDDEN"
        answer = await world.client.send(asked, "not.a.token", **variables)
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_where_reading_is_public_nobody_is_asked_for_a_token(forest, searching, finds):
    [oak] = forest.grow(forest.plant(), "oak")
    forest.branches[oak] = {"structure": next(iter(forest.changes)), "anchors": ["1"], "ranges": []}
    async with searching(forest) as client:
        await finds(client, "oak", [oak])
        found = await client.data(SEARCH, None, q="oak", within=oak)
        assert found["search"]["totalCount"] == 1
        assert forest.authorizations == [None]


async def test_completions_are_nodes_best_first(world):
    found = await world.client.data(SUGGEST, p="oak l")
    assert found["suggest"] == [{"id": world.ids["leaf"]}]
    found = await world.client.data(SUGGEST, p="oa", first=1)
    assert found["suggest"] == [{"id": world.ids["leaf"]}]
    assert (await world.client.refused(SUGGEST, p="oak", first=1001))[0] == "LIMIT_EXCEEDED"
    assert (await world.client.refused(SUGGEST, p="oak", first=-1))[0] == "BAD_USER_INPUT"


async def test_a_search_that_is_behind_says_by_how_much(world, until):
    world.forest.told = {**world.forest.heads(), world.structure: 3 + 7}
    other = next(each for each in world.forest.changes if each != world.structure)
    world.forest.branches[world.ids["red"]] = {"structure": world.structure, "anchors": [], "ranges": []}
    world.forest.branches[world.ids["elm"]] = {"structure": other, "anchors": [], "ranges": []}

    async def told() -> bool:
        return (await world.search("oak"))["lag"] == 7

    await until(told)
    assert (await world.search("oak", within=world.ids["red"]))["lag"] == 7
    assert (await world.search("oak", within=world.ids["elm"]))["lag"] == 0
