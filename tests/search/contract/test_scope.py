"""Where a search looks."""

import pytest
from mediaclay_search.records import EVERYWHERE, After, Document, Everywhere, Part, Range, Search

OKEYS = ["", "1/", "1/a/", "1/b/", "10/", "A/", "AND/", "TO/", "a/", "z/", "z/9/", "ä/"]


@pytest.fixture
async def world(backend):
    documents = [
        Document(f"{structure}.{anchor}.{okey}", structure, anchor, okey, "k", "tree", "")
        for structure in ("s", "t") for anchor in ("1", "12") for okey in OKEYS
    ]  # fmt: skip
    await backend.upsert(documents)
    await backend.commit({"s": 1, "t": 1})
    return backend


async def found(backend, scope, text) -> list[str]:
    page = await backend.search(Search(text, scope=scope, first=1000))
    assert page.total == len(page.hits)
    return sorted(hit.id for hit in page.hits)


@pytest.mark.parametrize("text", ["tree", ""])
async def test_an_anchor_is_its_own_within_its_structure(world, text):
    assert await found(world, (Part("s", ("1",)),), text) == sorted(f"s.1.{okey}" for okey in OKEYS)


async def test_all_of_a_structure_needs_no_anchors(world):
    assert await found(world, (Part("t"),), "tree") == sorted(f"t.{a}.{o}" for a in ("1", "12") for o in OKEYS)


async def test_no_scope_is_everything_and_an_empty_one_nothing(world):
    assert len(await found(world, EVERYWHERE, "tree")) == 4 * len(OKEYS)
    assert await found(world, (), "tree") == []
    assert await found(world, (Part("s", ()),), "tree") == []
    assert await found(world, (Part("unknown"),), "tree") == []


@pytest.mark.parametrize("text", ["tree", ""])
async def test_a_range_is_cut_in_byte_order_with_its_start_and_without_its_end(world, text):
    for start in (*OKEYS, "0", "1/0"):
        for end in ("1/", "10", "1/b0", "A", "TO", "TO/", "z/", "z0", "~", "\U0010ffff"):
            expected = [f"s.12.{okey}" for okey in OKEYS if start.encode() <= okey.encode() < end.encode()]
            assert await found(world, (Part("s", (), (Range("12", start, end),)),), text) == sorted(expected)


async def test_anchors_and_ranges_of_several_structures_add_up(world):
    scope = (Part("s", ("1",), (Range("12", "a", "b"),)), Part("t", (), (Range("1", "A/", "A0"),)))
    assert await found(world, scope, "tree") == sorted([*(f"s.1.{okey}" for okey in OKEYS), "s.12.a/", "t.1.A/"])


async def test_a_scope_changes_no_score(world):
    [everywhere] = {hit.score for hit in (await world.search(Search("tree", kinds=("k",)))).hits[:1]}
    best = (await world.search(Search("tree", first=1000))).hits
    scored = {hit.id: hit.score for hit in best}
    inside = (await world.search(Search("tree", scope=(Part("s", ("1",)),), first=1000))).hits
    assert everywhere == max(scored.values())
    assert all(scored[hit.id] == hit.score for hit in inside)


async def test_counts_and_completions_keep_to_the_scope(world):
    scope = (Part("s", (), (Range("1", "1/", "10"),)),)
    [bucket] = await world.kinds(Search("tree", scope=scope))
    assert (bucket.value, bucket.count) == ("k", 3)
    assert sorted(await world.suggest(Search("tr", scope, first=100))) == ["s.1.1/", "s.1.1/a/", "s.1.1/b/"]


@pytest.mark.parametrize("text", ["tree", ""])
async def test_everywhere_without_some_anchors_leaves_out_their_nodes_in_any_structure(world, text):
    expected = sorted(f"{structure}.1.{okey}" for structure in ("s", "t") for okey in OKEYS)
    assert await found(world, Everywhere(("12",)), text) == expected
    assert await found(world, Everywhere(("12", "1")), text) == []
    assert len(await found(world, Everywhere(("2", "s/1", "")), text)) == 4 * len(OKEYS)


async def test_counts_and_completions_leave_out_the_same_anchors_and_no_score_changes(world):
    scope = Everywhere(("12",))
    [bucket] = await world.kinds(Search("tree", scope=scope))
    assert (bucket.value, bucket.count) == ("k", 2 * len(OKEYS))
    assert sorted(await world.suggest(Search("tr", scope, first=100))) == await found(world, scope, "")
    scored = {hit.id: hit.score for hit in (await world.search(Search("tree", first=1000))).hits}
    left = (await world.search(Search("tree", scope=scope, first=1000))).hits
    assert all(scored[hit.id] == hit.score for hit in left)


async def test_very_many_anchors_can_be_left_out(world):
    many = tuple(str(number) for number in range(2, 20_000))
    assert len(await found(world, Everywhere(many), "tree")) == 2 * len(OKEYS)


async def test_pages_go_on_over_what_is_left_out(world):
    seen, after = [], None
    while True:
        page = await world.search(Search("", Everywhere(("1",)), first=5, after=after))
        seen += [hit.id for hit in page.hits]
        if not page.has_next:
            break
        after = After(page.hits[-1].score, page.hits[-1].id, page.hits[-1].rank)
    assert seen == await found(world, Everywhere(("1",)), "")


async def test_branches_of_any_depth_are_found_whole(backend):
    okeys = ["".join(f"{step:06}/" for step in range(depth)) for depth in range(60)]
    await backend.upsert([Document(f"{at:02}", "s", "1", okey, "k", "tree", "") for at, okey in enumerate(okeys)])
    await backend.upsert([Document(f"other{at:02}", "s", "2", okey, "k", "tree", "") for at, okey in enumerate(okeys)])
    await backend.commit({})
    for depth in (1, 2, 31, 32, 33, 59):
        branch = Part("s", (), (Range("1", okeys[depth], okeys[depth][:-1] + "0"),))
        assert await found(backend, (branch,), "tree") == [f"{at:02}" for at in range(depth, 60)]


async def test_as_many_anchors_as_one_likes_are_one_scope(backend):
    await backend.upsert([Document(f"{at:03}", "s", str(at), "", "k", "tree", "") for at in range(800)])
    await backend.commit({})
    for count in (1, 2, 500, 501, 700):
        part = Part("s", tuple(str(at) for at in range(count)))
        assert await found(backend, (part,), "tree") == [f"{at:03}" for at in range(count)]
