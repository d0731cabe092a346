"""Lines that come in over HTTP: batch by batch, each whole, with a reason for each line that is not taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.structure.invariants import broken
from tests.structure.test_streaming import NOBODY_KNOWS, streamed

BRANCH = "/v1/branches/{}.ndjson"


def body(*lines: Any) -> bytes:
    return b"".join(line if isinstance(line, bytes) else orjson.dumps(line) + b"\n" for line in lines)


async def sent(world: Any, content: Any, top: str | None = None) -> list[dict[str, Any]]:
    answer = await world.client.http.post(
        BRANCH.format(top or world.root), content=content, headers=world.client.headers()
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in answer.content.splitlines()]


def total(answer: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in answer[-1].items() if key != "done"} | {"done": answer[-1]["done"]}


async def sound(world: Any) -> None:
    assert await broken(world.client.state.database.pool, world.structure) == []


def chain(size: int) -> list[dict[str, Any]]:
    """A tree in pre-order whose fan-out differs from node to node."""
    ids = [str(uuid4()) for _ in range(size)]
    return [
        {"id": ids[i], **({"parent": ids[(i - 1) // (2 + i % 7)]} if i else {}), "kind": "k", "name": f"n {i}",
         "slug": f"n-{i}", "properties": {"i": i}}
        for i in range(size)
    ]  # fmt: skip


async def test_what_goes_out_comes_in_again_line_by_line(world: Any) -> None:
    a = await world.create("A", properties={"é": [1, 2.5, None, "\u2028"]})
    await world.create("B", a)
    lines = await streamed(world, world.root)
    for line in lines:
        line["id"] = line["id"][:-4] + "ffff"
        if "parent" in line:
            line["parent"] = line["parent"][:-4] + "ffff"
    other = (await world.client.data('mutation {createStructure(slug: "o", name: "O") {root {id}}}'))["createStructure"]
    answer = await sent(world, body(*lines), other["root"]["id"])
    assert answer == [
        {"batch": 1, "created": 2, "present": 0, "linked": 0, "revision": 2},
        {"done": True, "created": 2, "present": 0, "linked": 0, "bad": 0},
    ]
    out = await world.client.http.get(BRANCH.format(other["root"]["id"]), headers=world.client.headers())
    assert [orjson.loads(line) for line in out.content.splitlines()] == lines


async def test_each_batch_is_one_change_and_keeps_the_bound_of_the_fragments(world: Any) -> None:
    async with world.client.state.database.transaction() as db:
        await db.execute("UPDATE structure SET bound = 20")
    lines = chain(12_001)
    answer = await sent(world, body(*lines))
    assert [each.get("created") for each in answer] == [10000, 2001, 12001]
    assert [each.get("revision") for each in answer[:2]] == [2, 3]
    assert {line["id"] for line in await streamed(world, world.root)} == {line["id"] for line in lines}
    await sound(world)
    again = await sent(world, body(*lines))
    assert total(again) == {"done": True, "created": 0, "present": 12001, "linked": 0, "bad": 0}
    assert await world.revision() == 3


async def test_branches_that_grow_from_batch_to_batch_stay_within_their_bound(world: Any) -> None:
    async with world.client.state.database.transaction() as db:
        await db.execute("UPDATE structure SET bound = 16")
    lines = chain(600)
    for begin in range(0, 600, 37):
        await sent(world, body(*lines[begin : begin + 37]))
        await sound(world)
    assert len(await streamed(world, world.root)) == 600


async def test_a_line_that_can_not_be_taken_is_told_with_its_number_and_the_others_are_taken(world: Any) -> None:
    answer = await sent(world, body(
        {"name": "Good"}, b"\n", {"nmae": "Bad"}, b"not json\n", {"parent": "/nowhere", "name": "Orphan"},
        b'{"name":"' + b"x" * 600_000 + b'"}\n', {"name": "Good too", "slug": "good"}, {"name": "Last"}, b'{"name":"End"}',
    ))  # fmt: skip
    assert [(each["line"], each["code"]) for each in answer if "line" in each] == [
        (3, "BAD_USER_INPUT"), (4, "BAD_USER_INPUT"), (5, "NOT_FOUND"), (6, "LIMIT_EXCEEDED"), (7, "CONFLICT"),
    ]  # fmt: skip
    assert total(answer) == {"done": True, "created": 3, "present": 0, "linked": 0, "bad": 5}
    assert await world.names() == ["Good", "Last", "End"]


async def test_an_import_that_was_cut_off_goes_on_when_it_is_run_again(world: Any) -> None:
    lines = chain(14_000)

    async def cut_off() -> AsyncIterator[bytes]:
        yield body(*lines[:12_000])
        raise ConnectionError("the client goes away")

    with pytest.raises(ConnectionError):
        await sent(world, cut_off())
    there = len(await streamed(world, world.root))
    assert there in {0, 10_000}
    answer = await sent(world, body(*lines))
    assert total(answer) == {"done": True, "created": 14_000 - there, "present": there, "linked": 0, "bad": 0}
    assert {line["id"] for line in await streamed(world, world.root)} == {line["id"] for line in lines}
    await sound(world)


async def test_links_come_behind_their_nodes_and_go_out_again(world: Any) -> None:
    a, b = str(uuid4()), str(uuid4())
    lines = [
        {"id": a, "kind": "k", "name": "A", "slug": "a", "properties": {}},
        {"id": b, "parent": a, "kind": "k", "name": "B", "slug": "b", "properties": {}},
        {"link": "sees", "source": a, "target": b, "properties": {"since": 1}},
        {"link": "sees", "target": a, "properties": {}},
        {"link": "knows", "source": b, "properties": {}},
    ]
    answer = await sent(world, body(*lines))
    assert total(answer) == {"done": True, "created": 2, "present": 0, "linked": 3, "bad": 0}
    assert await streamed(world, world.root) == lines
    assert [line for line in await streamed(world, a) if "link" in line] == [
        {"link": "sees", "target": b, "properties": {"since": 1}},
        {"link": "knows", "source": b, "target": world.root, "properties": {}},
    ]
    assert total(await sent(world, body(*lines))) == {"done": True, "created": 0, "present": 5, "linked": 0, "bad": 0}
    paths = body({"link": "by path", "source": "/a/b", "target": "/a"}, {"link": "by path", "target": "/a/nowhere"})
    answer = await sent(world, paths)
    assert [(each["line"], each["code"]) for each in answer if "line" in each] == [(2, "NOT_FOUND")]
    assert total(answer) == {"done": True, "created": 0, "present": 0, "linked": 1, "bad": 1}
    await world.client.data("mutation($i: PruneNode!) {pruneNode(input: $i) {change {type}}}", i={"id": b})
    assert [line.get("link") for line in await streamed(world, world.root)] == [None, "sees"]
    await sound(world)


async def test_a_line_whose_node_is_pruned_is_a_conflict_that_says_so(world: Any) -> None:
    gone = await world.create("Gone")
    await world.client.data("mutation($i: PruneNode!) {pruneNode(input: $i) {change {type}}}", i={"id": gone})
    [bad, *_] = await sent(world, body({"id": gone, "name": "Gone"}))
    assert (bad["code"], "is pruned" in bad["message"]) == ("CONFLICT", True)
    assert (await sent(world, body({"parent": gone, "name": "Below"})))[0]["code"] == "NOT_FOUND"
    assert await world.names() == []


async def test_the_kinds_of_a_structure_are_held_line_by_line(world: Any) -> None:
    for given in (
        {"name": "box", "schema": {"type": "object", "required": ["size"]}, "allowedChildren": ["thing"]},
        {"name": "thing", "schema": {}},
    ):
        await world.client.data(
            "mutation($i: SetKind!) {setKind(input: $i) {name}}", i={"structure": world.structure, **given}
        )
    box = str(uuid4())
    answer = await sent(world, body(
        {"id": box, "kind": "box", "name": "Box", "properties": {"size": 1}}, {"kind": "box", "name": "Bad"},
        {"parent": box, "kind": "thing", "name": "Inside"}, {"parent": box, "kind": "box", "name": "No", "properties": {"size": 2}},
    ))  # fmt: skip
    assert [(each["line"], each["code"]) for each in answer if "line" in each] == [
        (2, "BAD_USER_INPUT"), (4, "BAD_USER_INPUT"),
    ]  # fmt: skip
    assert await world.names() == ["Box"]
    assert await world.names(box) == ["Inside"]
    [bad, *_] = await sent(world, body({"parent": box, "kind": "other", "name": "Later"}))
    assert bad["code"] == "BAD_USER_INPUT"


async def test_nobody_may_write_without_a_token_and_nothing_is_written_below_what_is_not_there(world: Any) -> None:
    http, line = world.client.http, body({"name": "X"})
    reader = world.client.issuer.token(scope="clay.read")
    for headers, status in (({}, 401), (world.client.headers(reader), 403)):
        assert (await http.post(BRANCH.format(world.root), content=line, headers=headers)).status_code == status
    for node, status in ((NOBODY_KNOWS, 404), ("nonsense", 400)):
        answer = await http.post(BRANCH.format(node), content=line, headers=world.client.headers())
        assert answer.status_code == status
    packed = {**world.client.headers(), "content-encoding": "gzip"}
    assert (await http.post(BRANCH.format(world.root), content=line, headers=packed)).status_code == 400
    assert await world.names() == []
    assert await world.revision() == 1


async def test_an_empty_body_is_an_empty_import(world: Any) -> None:
    assert await sent(world, b"") == [{"done": True, "created": 0, "present": 0, "linked": 0, "bad": 0}]


async def test_numbers_keep_all_their_digits(world: Any) -> None:
    await sent(world, b'{"kind":"k","name":"N","properties":{"n":12345678901234567890.10,"tiny":1e-7}}\n')
    await sent(world, b'{"kind":"k","name":"M","properties":{"n":12345678901234567890.10}}\n')
    out = (await world.client.http.get(BRANCH.format(world.root))).content
    assert b'{"n": 12345678901234567890.10}' in out


async def test_a_line_for_a_node_that_somebody_made_goes_on_below_it(world: Any) -> None:
    cats = await world.create("Cats")
    await world.create("Tigers", cats)
    await world.create("Lions", cats)

    answer = await sent(world, body({"path": "/cats"}, {"path": "/cats/lions"}, {"path": "/cats/lynxes"}))

    assert total(answer) == {"done": True, "created": 1, "present": 2, "linked": 0, "bad": 0}
    assert await world.names(cats) == ["Tigers", "Lions", "lynxes"]
    await sound(world)
