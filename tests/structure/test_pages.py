"""Lists: pages forwards and backwards, cursors, totals, filters."""

from __future__ import annotations

from typing import Any

import pytest

PAGE = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: NodeFilter) {
    node(id: $id) {children(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        edges {cursor node {name}} totalCount
        pageInfo {hasNextPage hasPreviousPage startCursor endCursor}}}}"""
BRANCH = """query($id: ID!, $first: Int, $after: String, $maxDepth: Int, $filter: NodeFilter) {
    node(id: $id) {descendants(first: $first, after: $after, maxDepth: $maxDepth, filter: $filter) {
        nodes {name} totalCount pageInfo {hasNextPage endCursor}}}}"""


async def _page(world: Any, **asked: Any) -> tuple[list[str], dict[str, Any], int]:
    found = (await world.client.data(PAGE, id=world.root, **asked))["node"]["children"]
    return [edge["node"]["name"] for edge in found["edges"]], found["pageInfo"], found["totalCount"]


async def _branch(world: Any, **asked: Any) -> tuple[list[str], dict[str, Any], int]:
    found = (await world.client.data(BRANCH, **{"id": world.root, **asked}))["node"]["descendants"]
    return [node["name"] for node in found["nodes"]], found["pageInfo"], found["totalCount"]


async def _pages(world: Any, size: int, **asked: Any) -> tuple[list[str], set[int]]:
    """The whole branch, page by page, and the totals that the pages told."""
    found: list[str] = []
    totals: set[int] = set()
    cursor = None
    while True:
        names, info, total = await _branch(world, first=size, after=cursor, **asked)
        found += names
        totals.add(total)
        assert len(names) == size or not info["hasNextPage"]
        if not info["hasNextPage"]:
            return found, totals
        cursor = info["endCursor"]


@pytest.fixture
async def letters(world: Any) -> dict[str, str]:
    return {name: await world.create(name, kind="vowel" if name in "ae" else "consonant") for name in "abcdefg"}


async def test_pages_go_forwards_and_backwards(world: Any, letters: dict[str, str]) -> None:
    names, info, total = await _page(world, first=3)
    assert (names, info["hasNextPage"], info["hasPreviousPage"], total) == (["a", "b", "c"], True, False, 7)
    names, info, _ = await _page(world, first=3, after=info["endCursor"])
    assert (names, info["hasNextPage"], info["hasPreviousPage"]) == (["d", "e", "f"], True, True)
    names, info, _ = await _page(world, last=2, before=info["startCursor"])
    assert (names, info["hasPreviousPage"]) == (["b", "c"], True)
    names, info, _ = await _page(world, last=2)
    assert (names, info["hasNextPage"]) == (["f", "g"], False)
    names, info, _ = await _page(world, first=0)
    assert (names, info["endCursor"], info["hasNextPage"]) == ([], None, True)


async def test_a_cursor_survives_what_happens_around_it(world: Any, letters: dict[str, str]) -> None:
    _, info, _ = await _page(world, first=3)
    await world.create("before", place={"at": "FIRST"})
    await world.create("between", place={"at": "AFTER", "sibling": letters["c"]})
    names, _, _ = await _page(world, first=2, after=info["endCursor"])
    assert names == ["between", "d"]

    await world.move(letters["c"], letters["g"])  # the sibling at which the page ended is gone: its key remains
    names, _, _ = await _page(world, first=2, after=info["endCursor"])
    assert names == ["between", "d"]

    await world.move(letters["c"], world.root)  # it is back, at the end: the list goes on behind it
    names, _, _ = await _page(world, first=2, after=info["endCursor"])
    assert names == []


async def test_lists_can_be_filtered(world: Any, letters: dict[str, str]) -> None:
    names, _, total = await _page(world, filter={"kinds": ["vowel"]})
    assert (names, total) == (["a", "e"], 2)
    await world.create("100% sure_", properties={"price": 5, "tags": ["new"]})
    await world.create("100 sure", properties={"price": 1, "tags": []})
    names, _, total = await _page(world, filter={"nameContains": "0% SURE_"})
    assert (names, total) == (["100% sure_"], 1)
    names, _, total = await _page(world, filter={"where": '$.price > 3 && $.tags[*] == "new"'})
    assert (names, total) == (["100% sure_"], 1)


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ({"first": 1001}, "LIMIT_EXCEEDED", "A page holds at most 1,000; 1,001 were asked for."),
        ({"first": -1}, "BAD_USER_INPUT", "A page can't hold fewer than 0."),
        ({"first": 1, "last": 1}, "BAD_USER_INPUT", "Ask for the first or for the last, not for both."),
        ({"first": 1, "after": "nonsense"}, "BAD_USER_INPUT", "The cursor is not one of ours."),
        ({"filter": {"where": "$.a >"}}, "BAD_USER_INPUT", "`where` is no SQL/JSON path predicate: at character 6, it ends too early."),
        ({"filter": {"where": "x" * 2001}}, "LIMIT_EXCEEDED", "`where` has at most 2,000 characters."),
    ],
)  # fmt: skip
async def test_what_can_not_be_asked_is_refused(world: Any, asked: dict[str, Any], code: str, message: str) -> None:
    assert await world.client.refused(PAGE, id=world.root, **asked) == (code, message)


async def test_a_branch_comes_in_document_order_across_fragments(world: Any) -> None:
    await world.client.state.database.pool.execute("UPDATE structure SET bound = 4")
    expected: list[str] = []
    tops: dict[str, str] = {}
    for a in range(4):
        top = tops[f"{a}"] = await world.create(f"{a}")
        expected.append(f"{a}")
        for b in range(4):
            inner = tops[f"{a}{b}"] = await world.create(f"{a}{b}", top)
            expected.append(f"{a}{b}")
            for c in range(3):
                await world.create(f"{a}{b}{c}", inner, kind="leaf")
                expected.append(f"{a}{b}{c}")
    for size in (1, 2, 3, 5, 7, 30, 100):
        assert await _pages(world, size) == (expected, {len(expected)}), size
    for name, top in tops.items():
        below = [inner for inner in expected if inner.startswith(name) and inner != name]
        assert await _pages(world, 4, id=top) == (below, {len(below)}), name
        _, _, total = await _branch(world, id=top, first=0, filter={"kinds": ["leaf"]})
        assert total == sum(len(inner) == 3 for inner in below), name
        _, _, total = await _branch(world, id=top, first=0, maxDepth=1, filter={"kinds": ["leaf"]})
        assert total == sum(len(inner) == 3 for inner in below if len(inner) == len(name) + 1), name
    names, _, total = await _branch(world, maxDepth=2, first=100)
    assert (names, total) == ([name for name in expected if len(name) <= 2], 20)
    names, _, total = await _branch(world, filter={"nameContains": "33"}, first=100)
    assert (names, total) == (["033", "133", "233", "33", "330", "331", "332"][3:], 4)
    assert await world.client.state.database.pool.fetchval("SELECT count(*) FROM anchor") > 3


async def test_a_cursor_in_a_branch_survives_the_move_of_the_branch(world: Any) -> None:
    here, there = await world.create("here"), await world.create("there")
    for name in "abcd":
        await world.create(name, here)
    names, info, _ = await _branch(world, id=here, first=2)
    await world.move(here, there)
    rest, _, _ = await _branch(world, id=here, first=2, after=info["endCursor"])
    assert (names, rest) == (["a", "b"], ["c", "d"])


async def test_structures_are_listed_by_slug(world: Any) -> None:
    for slug in ("ark", "barn"):
        await world.client.data(f'mutation {{createStructure(slug: "{slug}", name: "x") {{id}}}}')
    ask = "query($after: String) {structures(first: 2, after: $after) {nodes {slug} totalCount pageInfo {endCursor}}}"
    first = (await world.client.data(ask))["structures"]
    assert ([s["slug"] for s in first["nodes"]], first["totalCount"]) == (["ark", "barn"], 3)
    rest = (await world.client.data(ask, after=first["pageInfo"]["endCursor"]))["structures"]
    assert [s["slug"] for s in rest["nodes"]] == ["zoo"]
    code, _ = await world.client.refused('mutation {createStructure(slug: "zoo", name: "x") {id}}')
    assert code == "CONFLICT"


async def test_one_fragment_under_two_filters_counts_each_list_by_its_own(world: Any, letters: dict[str, str]) -> None:
    query = """query($id: ID!) {node(id: $id) {
        vowels: children(filter: {kinds: ["vowel"]}) {...Total}
        consonants: children(filter: {kinds: ["consonant"]}) {...Total} all: children {...Total}}}
        fragment Total on NodeConnection {totalCount}"""
    for _ in range(3):  # the ordinary way first, then as it was compiled
        found = (await world.client.data(query, id=world.root))["node"]
        assert {name: each["totalCount"] for name, each in found.items()} == {"vowels": 2, "consonants": 5, "all": 7}
