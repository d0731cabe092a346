"""Many nodes in one transaction: what comes twice is there once, and what can't be taken is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.ingest import Ingested, ingest
from mediaclay_structure.transactions import run

from tests.structure.conftest import World
from tests.structure.invariants import broken

ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE}))


async def _ingest(world: World, lines: Sequence[NodeLine]) -> tuple[Ingested, list[Change]]:
    at: Any = world.client.state
    await at.database.pool.execute("UPDATE structure SET bound = 8")
    done = await run(at.changelog, ADA, lambda work, _: ingest(work, UUID(world.root), lines))
    assert await broken(at.database.pool, UUID(world.structure)) == []
    return done


async def test_an_ingestion_that_is_repeated_adds_nothing(world: World) -> None:
    lines = [
        NodeLine(kind="k", name=f"n{i}", path=f"/a{i // 10}" + (f"/b{i}" if i % 10 else ""), number=i)
        for i in range(100)
    ]

    first, _ = await _ingest(world, lines[:60])
    again, changes = await _ingest(world, lines)

    assert (first.created, first.present, first.bad) == (60, 0, [])
    assert (again.created, again.present, again.bad) == (40, 60, [])
    tops = changes[0].details.pop("tops")  # the branches of nodes 60, 70, 80 and 90
    assert changes[0].details == {"nodes": 40, "ingested": True}
    names = await world.client.data("query($ids: [ID!]!) {nodes(ids: $ids) {name}}", ids=tops)
    assert sorted(node["name"] for node in names["nodes"]) == ["n60", "n70", "n80", "n90"]
    nothing, changes = await _ingest(world, lines)
    assert (nothing.created, nothing.present, changes) == (0, 100, [])


async def test_bad_lines_are_reported_and_the_others_taken(world: World) -> None:
    taken = uuid4()
    lines = [
        NodeLine(kind="k", name="good", id=taken, number=1),
        NodeLine(kind="k", name="orphan", parent=uuid4(), number=2),
        NodeLine(kind="k", name="twin", slug="good", number=3),
        NodeLine(kind="k", name="child", parent=taken, number=4),
    ]
    done, _ = await _ingest(world, lines)
    assert done.created == 2
    assert [(bad.number, bad.code) for bad in done.bad] == [(2, "NOT_FOUND"), (3, "CONFLICT")]


async def test_lines_deeper_than_a_tree_may_be_are_reported_and_those_above_taken(world: World) -> None:
    ids = [uuid4() for _ in range(514)]
    lines = [
        NodeLine(kind="k", name="n", id=own, parent=above, number=number)
        for number, (own, above) in enumerate(zip(ids, [None, *ids], strict=False), 1)
    ]
    done, _ = await _ingest(world, lines)
    assert done.created == 512
    assert [(bad.number, bad.code) for bad in done.bad] == [(513, "LIMIT_EXCEEDED"), (514, "NOT_FOUND")]
    assert done.bad[0].message == "A tree has at most 512 levels below its root."
