"""A branch of any size as NDJSON over HTTP: whole, in order, exact, and seen to be broken where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.ingest import Ingested, ingest
from mediaclay_structure.transactions import run

NOBODY_KNOWS = "00000000-0000-7000-8000-000000000000"


async def streamed(world: Any, top: str, **query: Any) -> list[dict[str, Any]]:
    """The lines of a branch."""
    answer = await world.client.http.get(f"/v1/branches/{top}.ndjson", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["clay-revision"] == str(await world.revision())
    assert answer.content == b"" or answer.content.endswith(b"\n")
    return [orjson.loads(line) for line in answer.content.split(b"\n")[:-1]]


async def took_in(world: Any, lines: Sequence[NodeLine]) -> Ingested:
    """Nodes by the thousand."""
    someone = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))

    async def work(unit: UnitOfWork, _: bool) -> Ingested:
        return await ingest(unit, UUID(world.root), lines)

    done, _ = await run(world.client.state.changelog, someone, work)
    assert done.bad == []
    return done


async def test_a_branch_comes_in_document_order_and_parents_within_it_are_named(world: Any) -> None:
    a = await world.create("A", properties={"n": 1})
    b = await world.create("B", a, slug="bee")
    c = await world.create("C")
    d = await world.create("D", a, place={"at": "FIRST"})
    assert await streamed(world, world.root) == [
        {"id": a, "kind": "thing", "name": "A", "slug": "a", "properties": {"n": 1}},
        {"id": d, "parent": a, "kind": "thing", "name": "D", "slug": "d", "properties": {}},
        {"id": b, "parent": a, "kind": "thing", "name": "B", "slug": "bee", "properties": {}},
        {"id": c, "kind": "thing", "name": "C", "slug": "c", "properties": {}},
    ]
    assert [(line["name"], line.get("parent")) for line in await streamed(world, a)] == [("D", None), ("B", None)]
    assert await streamed(world, b) == []


async def test_a_stream_goes_on_behind_the_last_line_that_a_client_has(world: Any) -> None:
    a = await world.create("A")
    b, c = await world.create("B", a), await world.create("C", a)
    d = await world.create("D")
    assert [line["id"] for line in await streamed(world, world.root, after=a)] == [b, c, d]
    assert [line["id"] for line in await streamed(world, world.root, after=b)] == [c, d]
    assert [line["id"] for line in await streamed(world, a, after=b)] == [c]
    assert await streamed(world, world.root, after=d) == []


@pytest.mark.parametrize("after", ["outside", "itself", "unknown", "pruned"])
async def test_a_stream_can_not_go_on_behind_what_is_not_below_its_node(world: Any, after: str) -> None:
    a, outside = await world.create("A"), await world.create("Outside")
    gone = await world.create("Gone", a)
    await world.client.data("mutation($i: PruneNode!) {pruneNode(input: $i) {change {type}}}", i={"id": gone})
    ids = {"outside": outside, "itself": a, "unknown": NOBODY_KNOWS, "pruned": gone}
    answer = await world.client.http.get(f"/v1/branches/{a}.ndjson", params={"after": ids[after]})
    assert answer.status_code == 404
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "NOT_FOUND"
    assert ids[after] in error["message"]


async def test_what_is_not_there_or_is_pruned_has_no_stream(world: Any) -> None:
    gone = await world.create("Gone")
    await world.create("Below", gone)
    await world.client.data("mutation($i: PruneNode!) {pruneNode(input: $i) {change {type}}}", i={"id": gone})
    for node, status in ((gone, 404), (NOBODY_KNOWS, 404), ("nonsense", 400)):
        assert (await world.client.http.get(f"/v1/branches/{node}.ndjson")).status_code == status
    assert await streamed(world, world.root) == []


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
# A double beyond 2^53 comes out with all its digits, which Python reads as a whole number.
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(-1e15, 1e15, allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
AWKWARD = "\u2028\u2029\x7f\x85\ufeff\U0001f600\"\\/\b\f\n\r\t\x01\x1f{}[]:,<>&'\x80\uffff"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.dictionaries(TEXT, JSON, max_size=4), min_size=1, max_size=5))
async def test_every_text_and_number_comes_out_as_json_says_it(world: Any, values: list[dict[str, Any]]) -> None:
    texts = [f"x{orjson.dumps(value).decode()}"[:900] for value in values]
    ids = [uuid4() for _ in values]
    await took_in(world, [
        NodeLine(id=own, name=text, kind=text[:200].strip() or "k", properties=value)
        for own, text, value in zip(ids, texts, values, strict=True)
    ])  # fmt: skip
    lines = {line["id"]: line for line in await streamed(world, world.root)}
    for own, text, value in zip(ids, texts, values, strict=True):
        assert lines[str(own)]["properties"] == value
        assert lines[str(own)]["name"] == text


async def test_awkward_characters_and_huge_numbers_break_no_line(world: Any) -> None:
    node = await world.create(f"a{AWKWARD}z", kind=f"k{AWKWARD}k", properties={AWKWARD: [AWKWARD]})
    async with world.client.state.database.transaction() as db:
        await db.execute(
            "UPDATE node SET properties = properties || $1::text::jsonb WHERE id = $2",
            '{"vast": 1e400, "exact": 12345678901234567890.10}', UUID(node),
        )  # fmt: skip
    answer = await world.client.http.get(f"/v1/branches/{world.root}.ndjson")
    [line] = answer.content.split(b"\n")[:-1]
    assert b'"vast": 1' + b"0" * 400 in line
    assert b'"exact": 12345678901234567890.10' in line
    read = orjson.loads(line.replace(b"1" + b"0" * 400, b"1"))
    assert (read["name"], read["kind"]) == (f"a{AWKWARD}z", f"k{AWKWARD}k")
    assert read["properties"][AWKWARD] == [AWKWARD]
