"""What lies at the edges: crossing moves, full gaps, long chains, wide folders, odd letters. Each with its exact outcome."""

from __future__ import annotations

import asyncio
from typing import Any
from unicodedata import normalize
from uuid import UUID, uuid4

import pytest
from mediaclay_kernel.errors import ClayError, LimitExceeded
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.apply import apply
from mediaclay_structure.operations.commands import Apply, CreateNode
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.state import State
from mediaclay_structure.store import nodes, walking
from mediaclay_structure.transactions import run
from mediaclay_structure.tree.order import Place, Position

from tests.structure.conftest import MOVE, World
from tests.structure.invariants import broken

ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))
CLONE = "mutation($input: CloneNode!) {cloneNode(input: $input) {node {id descendantCount}}}"
BRANCH = """query($id: ID!, $after: String) {node(id: $id) {descendantCount descendants(first: 7, after: $after) {
    nodes {name} pageInfo {hasNextPage endCursor}}}}"""
BY_PATH = 'query($path: String!) {nodeByPath(structure: "zoo", path: $path) {id slug path}}'

SLUGS_OF = [
    ("Émile Zola", "émile-zola"),
    (normalize("NFD", "Émile Zola"), "émile-zola-2"),
    ("STRASSE ß", "strasse-ß"),
    ("İstanbul", "i̇stanbul"),
    ("日本語 テスト", "日本語-テスト"),
    ("שלום עולם", "שלום-עולם"),
    ("مرحبا", "مرحبا"),
    ("Ёж-2", "ёж-2"),
    ("🎉", "node"),
    ("party 🎉 time", "party-time"),
    ("ﬁne", "ﬁne"),
    ("١٢٣", "١٢٣"),
]
"""Names in the order in which they are given, and the slug that is made of each."""
SEEN = ["🎉", "שלום", "a b", "dog's", "50%", "a?b#c", "été", "x" * 255]
UNSEEN = {
    "": "BAD_USER_INPUT",
    "a/b": "BAD_USER_INPUT",
    ".": "BAD_USER_INPUT",
    "..": "BAD_USER_INPUT",
    " a": "BAD_USER_INPUT",
    "a\n": "BAD_USER_INPUT",
    "a\u200fb": "BAD_USER_INPUT",  # a mark that turns the direction of what follows
    "a\u200bb": "BAD_USER_INPUT",  # a space of no width
    "a\u00a0b": "BAD_USER_INPUT",  # a space that does not break
    "a\0b": "BAD_USER_INPUT",
    "x" * 256: "LIMIT_EXCEEDED",
}


def state_of(world: World) -> State:
    return world.client.state


async def clean(world: World) -> bool:
    return await broken(state_of(world).database.pool, UUID(world.structure)) == []


async def many(world: World, lines: list[NodeLine], under: str | None = None) -> None:
    """Nodes by one ingestion."""
    at = state_of(world)
    done, _ = await run(at.changelog, ADA, lambda work, _: ingest(work, UUID(under or world.root), lines))
    assert (done.created, done.bad) == (len(lines), [])


async def some(world: World, *operations: Any) -> None:
    """Operations in one transaction."""
    at, command = state_of(world), Apply(UUID(world.structure), operations)
    await run(at.changelog, ADA, lambda work, _: apply(work, command))


@pytest.fixture
async def small(world: World) -> World:
    """The world with so small a bound that a handful of nodes makes fragments."""
    await state_of(world).database.pool.execute("UPDATE structure SET bound = 4")
    return world


async def test_of_two_crossing_moves_exactly_one_is_a_cycle(small: World) -> None:
    for number in range(10):
        a, b = await small.create(f"A{number}"), await small.create(f"B{number}")
        await small.create("below", a)
        revision = await small.revision()
        crossing = [{"id": a, "parent": b}, {"id": b, "parent": a}]
        answers = await asyncio.gather(*(small.client.send(MOVE, input=given) for given in crossing))
        codes = [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer]
        assert codes == ["CYCLE"]
        assert await small.revision() == revision + 1
    assert await clean(small)


async def test_a_ring_of_moves_leaves_one_out(small: World) -> None:
    ring = [await small.create(f"R{number}") for number in range(6)]
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    answers = await asyncio.gather(*(small.client.send(MOVE, input={"id": a, "parent": b}) for a, b in pairs))
    codes = [answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer]
    assert codes == ["CYCLE"]
    assert len(await small.names()) == 1
    assert await clean(small)


async def test_nobody_moves_into_their_own_branch(small: World) -> None:
    line = [await small.create("top")]
    for number in range(12):
        line.append(await small.create(f"n{number}", line[-1]))
    revision = await small.revision()
    for below in line:
        code, message = await small.client.refused(MOVE, input={"id": line[0], "parent": below})
        assert (code, message) == ("CYCLE", "A node can't be moved into its own branch.")
    assert await small.revision() == revision
    assert await clean(small)


async def test_pages_of_a_branch_go_on_while_it_moves(small: World) -> None:
    top, other = await small.create("top"), await small.create("other")
    deep = await small.create("deep", other)
    for number in range(30):
        await small.create(f"n{number:02}", top)
    names: list[str] = []
    after: str | None = None
    page: Any = None
    for turn in range(5):
        page = (await small.client.data(BRANCH, id=top, after=after))["node"]["descendants"]
        names += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        await small.move(top, [deep, small.root][turn % 2])
    assert names == [f"n{number:02}" for number in range(30)]
    assert not page["pageInfo"]["hasNextPage"]


async def test_a_long_read_sees_one_moment_whatever_moves_meanwhile(small: World) -> None:
    ids = [uuid4() for _ in range(300)]
    above = [None, *(ids[(number - 1) // 3] for number in range(1, 300))]
    lines = [NodeLine(kind="k", name=f"n {i}", id=i, parent=p) for i, p in zip(ids, above, strict=True)]
    await many(small, lines)
    database = state_of(small).database
    async with database.transaction("repeatable_read", readonly=True) as db:
        label = (await nodes.labels(db, [UUID(small.root)]))[UUID(small.root)]
        before = [node.id async for part in walking.whole(db, label, 50) for node in part]
        seen: list[UUID] = []
        async for part in walking.whole(db, label, 50):
            seen += [node.id for node in part]
            await small.move(str(ids[200 - len(seen) // 10]), str(ids[1]), place={"at": "FIRST"})
            await small.create("new", str(ids[2]))
    assert seen == before
    assert await clean(small)


async def test_a_branch_is_cloned_into_itself_as_it_was(small: World) -> None:
    top = await small.create("top")
    inner = await small.create("inner", top)
    for number in range(8):
        await small.create(f"n{number}", inner)
    # Each copy holds what was below `top` before it: 9, then 19, then 39 nodes below the copy's own root.
    for parent, below in ((inner, 9), (top, 19), (inner, 39)):
        answer = await small.client.data(CLONE, input={"id": top, "parent": parent})
        assert answer["cloneNode"]["node"]["descendantCount"] == below
    whole = (await small.client.data(BRANCH, id=top, after=None))["node"]["descendantCount"]
    assert whole == 9 + 10 + 20 + 40
    assert await clean(small)


async def test_a_thousand_inserts_into_one_gap_keep_keys_short_and_in_order(world: World) -> None:
    folder = UUID(await world.create("folder"))
    ids = [uuid4() for _ in range(1_002)]
    await some(world, CreateNode(folder, "k", "low", ids[0], "low"), CreateNode(folder, "k", "high", ids[1], "high"))
    # Behind the newest and before it in turn: the gap is halved each time, and never moves on.
    order = ids[:2]
    operations: list[CreateNode] = []
    for number, own in enumerate(ids[2:]):
        at = Position.AFTER if number % 2 else Position.BEFORE
        beside = ids[number + 1]
        order.insert(order.index(beside) + number % 2, own)
        operations.append(CreateNode(folder, "k", "n", own, f"n{number}", place=Place(at, beside)))
    for begin in range(0, len(operations), 1_000):
        await some(world, *operations[begin : begin + 1_000])
    rows = await state_of(world).database.pool.fetch(
        "SELECT id, pos FROM node WHERE parent_id = $1 ORDER BY pos", folder
    )
    assert [row["id"] for row in rows] == order
    assert max(len(row["pos"]) for row in rows) <= 40
    assert await clean(world)


async def test_a_chain_has_512_levels_and_not_one_more(world: World) -> None:
    ids = [uuid4() for _ in range(512)]
    parents = [UUID(world.root), *ids]
    await some(world, *(CreateNode(p, "k", "n", i) for p, i in zip(parents, ids, strict=False)))
    with pytest.raises(LimitExceeded, match="A tree has at most 512 levels below its root"):
        await some(world, CreateNode(ids[-1], "k", "n", uuid4()))
    deepest = (await world.client.data("query($id: ID!) {node(id: $id) {depth path ancestors {id}}}", id=str(ids[-1])))[
        "node"
    ]
    assert (deepest["depth"], deepest["path"], len(deepest["ancestors"])) == (512, "/n" * 512, 512)

    # A branch of two levels fits below the 510th, and not below the 511th.
    pair = [uuid4(), uuid4()]
    await some(world, CreateNode(UUID(world.root), "k", "pair", pair[0]), CreateNode(pair[0], "k", "n", pair[1]))
    revision = await world.revision()
    code, _ = await world.client.refused(MOVE, input={"id": str(pair[0]), "parent": str(ids[510])})
    assert (code, await world.revision()) == ("LIMIT_EXCEEDED", revision)
    moved = await world.move(str(pair[0]), str(ids[509]))
    assert moved["node"]["path"] == "/n" * 510 + "/pair"
    code, _ = await world.client.refused(CLONE, input={"id": str(pair[0]), "parent": str(ids[510])})
    assert code == "LIMIT_EXCEEDED"
    assert await clean(world)


async def test_a_flat_folder_of_a_hundred_thousand_is_one_fragment_with_short_keys(world: World) -> None:
    folder, other = await world.create("folder"), await world.create("other")
    for begin in range(0, 100_000, 5_000):
        lines = [NodeLine(kind="k", name=f"n{number}", slug=f"n{number}") for number in range(begin, begin + 5_000)]
        await many(world, lines, folder)
    pool = state_of(world).database.pool
    facts = await pool.fetchrow(
        "SELECT count(*) AS n, count(DISTINCT anchor_id) AS fragments, max(length(pos)) AS longest FROM node "
        "WHERE parent_id = $1", UUID(folder),
    )  # fmt: skip
    assert tuple(facts) == (100_000, 1, 4)
    asked = """query($id: ID!) {node(id: $id) {childCount descendantCount path
        first: children(first: 2) {nodes {name}} last: children(last: 2) {nodes {name}}}}"""
    assert (await world.client.data(asked, id=folder))["node"] == {
        "childCount": 100_000, "descendantCount": 100_000, "path": "/folder",
        "first": {"nodes": [{"name": "n0"}, {"name": "n1"}]}, "last": {"nodes": [{"name": "n99998"}, {"name": "n99999"}]},
    }  # fmt: skip
    # All of them move by one row of an anchor: nobody in the folder is relabelled.
    moved = await world.move(folder, other)
    assert moved["change"]["details"]["nodes"] == 100_001
    touched = await pool.fetchval("SELECT touched FROM changelog ORDER BY at DESC LIMIT 1")
    assert touched == [UUID(folder)]
    await world.create("new", folder, place={"at": "FIRST"})
    assert (await world.client.data(asked, id=folder))["node"]["first"]["nodes"][0]["name"] == "new"
    assert await clean(world)


async def test_a_slug_keeps_the_letters_of_any_script(world: World) -> None:
    for name, slug in SLUGS_OF:
        own = await world.create(name)
        found = (await world.client.data(BY_PATH, path=f"/{slug}"))["nodeByPath"]
        assert found == {"id": own, "slug": slug, "path": f"/{slug}"}
    assert await clean(world)


async def test_one_word_in_two_forms_of_unicode_is_one_slug(world: World) -> None:
    composed, decomposed = normalize("NFC", "café"), normalize("NFD", "café")
    own = await world.create("x", slug=decomposed)
    assert (await world.client.data(BY_PATH, path=f"/{decomposed}"))["nodeByPath"] == {
        "id": own, "slug": composed, "path": f"/{composed}"
    }  # fmt: skip
    assert (await world.client.data(BY_PATH, path=f"/{composed}"))["nodeByPath"]["id"] == own
    revision = await world.revision()
    create = "mutation($input: CreateNode!) {createNode(input: $input) {node {id}}}"
    for slug in (composed, decomposed):
        code, _ = await world.client.refused(
            create, input={"parent": world.root, "kind": "k", "name": "y", "slug": slug}
        )
        assert code == "CONFLICT"
    assert await world.revision() == revision
    assert await clean(world)


async def test_capitals_are_letters_of_their_own_in_a_slug_that_was_chosen(world: World) -> None:
    upper, lower = await world.create("x", slug="Dog"), await world.create("y", slug="dog")
    for slug, own in (("Dog", upper), ("dog", lower)):
        assert (await world.client.data(BY_PATH, path=f"/{slug}"))["nodeByPath"]["id"] == own
    assert (await world.client.data(BY_PATH, path="/DOG"))["nodeByPath"] is None
    assert await world.client.data(BY_PATH, path="/dog-2") == {"nodeByPath": None}
    third = await world.create("DOG")
    assert (await world.client.data(BY_PATH, path="/dog-2"))["nodeByPath"]["id"] == third


async def test_a_slug_that_was_chosen_may_hold_anything_that_is_seen(world: World) -> None:
    for slug in SEEN:
        own = await world.create("x", slug=slug)
        found = (await world.client.data(BY_PATH, path=f"/{slug}"))["nodeByPath"]
        assert found == {"id": own, "slug": slug, "path": f"/{slug}"}
    assert await clean(world)


async def test_what_is_not_seen_is_no_part_of_a_slug(world: World) -> None:
    revision = await world.revision()
    for slug, code in UNSEEN.items():
        with pytest.raises(ClayError) as refused:
            await some(world, CreateNode(UUID(world.root), "k", "x", uuid4(), slug))
        assert (slug, refused.value.code) == (slug, code)
    assert await world.names() == []
    assert await world.revision() == revision
