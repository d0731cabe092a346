"""What an index is told: of copies, of purges, and of changes that touch very many nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from mediaclay_kernel import database as databases
from mediaclay_kernel.changelog import Changelog
from mediaclay_structure.purging import purge
from mediaclay_structure.routes import feed as module
from mediaclay_structure.state import State
from mediaclay_structure.store import pruning

CLONE = "mutation($input: CloneNode!) {cloneNode(input: $input) {node {id descendantCount}}}"
PRUNE = "mutation($id: ID!) {pruneNode(input: {id: $id}) {change {revision}}}"
RESTORE = "mutation($id: ID!) {restoreNode(input: {id: $id}) {node {id}}}"
PRUNED = "{prunedAnchors}"
BOUND = 4


@pytest.fixture
async def state(database: str) -> AsyncIterator[State]:
    async with databases.connect(database, "structure") as pool:
        yield State(pool, Changelog(pool, "structure"), None)


@pytest.fixture
async def branch(world: Any, state: State) -> str:
    """A branch of 41 nodes in many fragments."""
    await state.database.pool.execute("UPDATE structure SET bound = $1", BOUND)
    top = parent = await world.create("Cats")
    for number in range(20):
        parent = await world.create(f"Deep {number}", parent)
        await world.create("Leaf", parent)
    return top


async def _feed(world: Any, after: int) -> list[dict[str, Any]]:
    answer = await world.client.http.get(
        f"/v1/structures/{world.structure}/feed.ndjson", params={"after": after}, headers=world.client.headers()
    )
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


async def _stored(state: State, where: str = "true") -> dict[str, tuple[str, str]]:
    rows = await state.database.pool.fetch(f"SELECT id, anchor_id, okey FROM node WHERE {where}")
    return {str(row["id"]): (str(row["anchor_id"]), row["okey"]) for row in rows}


async def _purge_all(state: State) -> None:
    while await purge(state, 0):
        pass


async def test_each_node_of_a_copy_is_told_in_lines_of_bounded_size(
    world: Any, state: State, branch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_AT_ONCE", 3)
    before, old = await world.revision(), await _stored(state)
    copy = (await world.client.data(CLONE, input={"id": branch, "parent": world.root}))["cloneNode"]["node"]
    assert copy["descendantCount"] == 40

    lines = await _feed(world, before)

    assert {(line["revision"], line["type"]) for line in lines} == {(before + 1, "CLONED")}
    assert len(lines) > 41 / 3
    assert max(len(line["nodes"]) for line in lines) == 3
    told = {node["id"]: (str(node["anchor"]), node["okey"]) for line in lines for node in line["nodes"]}
    now = await _stored(state)
    assert {each: told[each] for each in now.keys() - old.keys()} == {
        each: now[each] for each in now.keys() - old.keys()
    }
    assert len(now.keys() - old.keys()) == 41


async def test_what_left_a_copy_since_then_is_told_by_the_change_that_moved_it(
    world: Any, state: State, branch: str
) -> None:
    before = await world.revision()
    copy = (await world.client.data(CLONE, input={"id": branch, "parent": world.root}))["cloneNode"]["node"]["id"]
    await world.client.data(PRUNE, id=copy)
    await world.client.data(RESTORE, id=copy)
    await world.move(copy, branch)

    told: dict[str, tuple[str, str]] = {}
    for line in await _feed(world, before):
        told.update({node["id"]: (str(node["anchor"]), node["okey"]) for node in line["nodes"]})

    now = await _stored(state)
    assert all(now[each] == place for each, place in told.items())
    assert len(told) >= 41


async def test_a_purge_tells_the_fragments_of_which_nothing_is_left(
    world: Any, state: State, branch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.client.data(PRUNE, id=branch)
    pruned = await _stored(state, "anchor_id IN (SELECT id FROM anchor WHERE gpath >= 'z/') AND kind <> 'trash'")
    assert len(pruned) == 41
    before = await world.revision()
    await _purge_all(state)
    monkeypatch.setattr(module, "READ_AT_ONCE", 3)

    lines = await _feed(world, before)

    assert {(line["revision"], line["type"]) for line in lines} == {(before + 1, "PURGED")}
    assert [node for line in lines for node in line["nodes"]] == []
    assert max(len(line.get("fragments", [])) for line in lines) == 3
    fragments = {str(each) for line in lines for each in line.get("fragments", [])}
    gone = {each for line in lines for each in line["gone"]}
    assert all(node in gone or anchor in fragments for node, (anchor, _) in pruned.items())
    assert not fragments & {anchor for anchor, _ in (await _stored(state)).values()}


async def test_a_change_that_touched_very_many_nodes_comes_in_several_lines(
    world: Any, branch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_AT_ONCE", 2)
    monkeypatch.setattr(module, "CHANGES_AT_ONCE", 2)
    lines = await _feed(world, 0)
    assert [line["revision"] for line in lines] == sorted(line["revision"] for line in lines)
    assert {line["revision"] for line in lines} == set(range(1, await world.revision() + 1))
    assert len(lines) > await world.revision()
    assert max(len(line["nodes"]) for line in lines) == 2


async def test_exactly_the_fragments_of_what_is_pruned_are_named(world: Any, state: State, branch: str) -> None:
    other = await world.create("Dogs")
    assert (await world.client.data(PRUNED))["prunedAnchors"] == []
    for top in (branch, other):
        await world.client.data(PRUNE, id=top)
    named = set((await world.client.data(PRUNED))["prunedAnchors"])
    rows = await _stored(state, "kind <> 'trash'")
    assert {each for each, (anchor, _) in rows.items() if anchor not in named} == {world.root}
    await world.client.data(RESTORE, id=branch)
    named = set((await world.client.data(PRUNED))["prunedAnchors"])
    rows = await _stored(state, "kind <> 'trash'")
    assert {each for each, (anchor, _) in rows.items() if anchor in named} == {other}


async def test_fragments_are_named_beyond_their_purge_until_indexes_have_heard(
    world: Any, state: State, branch: str
) -> None:
    small = await world.create("Dogs")
    for top in (branch, small):
        await world.client.data(PRUNE, id=top)
    named = set((await world.client.data(PRUNED))["prunedAnchors"])
    places = await _stored(state, f"id IN ('{branch}', '{small}')")
    assert {anchor for anchor, _ in places.values()} <= named
    await _purge_all(state)
    assert set((await world.client.data(PRUNED))["prunedAnchors"]) == named
    await pruning.sweep(state.database.pool, 0)
    assert (await world.client.data(PRUNED))["prunedAnchors"] == []


async def test_nobody_is_told_what_is_pruned_who_may_not_read(world: Any) -> None:
    unfit = world.client.issuer.token(scope="clay.write")
    assert (await world.client.refused(PRUNED, unfit))[0] == "FORBIDDEN"


async def test_a_pruned_root_of_a_structure_is_named(world: Any, state: State) -> None:
    await world.client.data("mutation($id: ID!) {deleteStructure(id: $id)}", id=world.structure)
    named = set((await world.client.data(PRUNED))["prunedAnchors"])
    [root] = (await _stored(state, f"id = '{UUID(world.root)}'")).values()
    assert root[0] in named


UPDATE = "mutation($input: UpdateNode!) {updateNode(input: $input) {node {id}}}"


async def _told_below(world: Any, after: int, *kinds: str) -> list[list[str]]:
    """The ids of each line behind a revision, where paths of these kinds are asked for."""
    answer = await world.client.http.get(
        f"/v1/structures/{world.structure}/feed.ndjson", params={"after": after, "paths": kinds},
        headers=world.client.headers(),
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return [[node["id"] for node in orjson.loads(line)["nodes"]] for line in answer.text.splitlines()]


async def test_nodes_whose_path_has_changed_are_told_to_whom_asks_for_their_kind(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_AT_ONCE", 3)
    top = await world.create("Cats")
    inner = await world.create("Inner", top)
    pages = [await world.create(f"Page {number}", inner, kind="page") for number in range(7)]
    await world.create("Page elsewhere", kind="page")
    for change in ({"slug": "dogs"}, {"name": "Dogs"}):
        before = await world.revision()
        await world.client.data(UPDATE, input={"id": top, **change})
        assert await _told_below(world, before) == [[top]]
        assert await _told_below(world, before, "other") == [[top]]
        below = [[top], pages[:3], pages[3:6], pages[6:]] if "slug" in change else [[top]]
        assert await _told_below(world, before, "page", "other") == below
    before = await world.revision()
    await world.move(top, await world.create("Pets"))
    assert set(pages) <= {each for line in (await _told_below(world, before, "page"))[1:] for each in line}
    before = await world.revision()
    await world.client.data(PRUNE, id=top)
    assert len(await _told_below(world, before, "page")) == len(await _told_below(world, before))
    before = await world.revision()
    await world.client.data(RESTORE, id=top)
    assert sum(len(line) for line in await _told_below(world, before, "page")) >= 7
