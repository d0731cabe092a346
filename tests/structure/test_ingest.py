"""Many nodes in one transaction: what comes twice is there once, and what can't be taken is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations import ingest as module
from mediaclay_structure.operations.ingest import Ingested, ingest
from mediaclay_structure.transactions import run

from tests.structure.conftest import World
from tests.structure.invariants import broken

STRUCTURE = 'mutation {createStructure(slug: "other", name: "Other") {root {id}}}'
ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))


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


@pytest.mark.parametrize("seed", range(6))
async def test_what_is_taken_with_hope_is_what_is_taken_with_care(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random, known = Random(seed), [UUID(int=0)]
    batches = [_random_lines(random, known, random.choice([5, 30, 1000])) for _ in range(6)]
    other = (await world.client.data(STRUCTURE))["createStructure"]["root"]["id"]
    hoped = [await _told(world, UUID(world.root), lines, 0) for lines in batches]

    async def never(*_: Any) -> None:
        return None

    monkeypatch.setattr(module, "_hoped", never)
    assert [await _told(world, UUID(other), lines, 1) for lines in batches] == hoped
    assert await _tree(world, UUID(other), 1) == await _tree(world, UUID(world.root), 0)


def _random_lines(random: Random, known: list[UUID], names: int) -> list[NodeLine]:
    """Lines of which some are new, some there, some twins, some orphans: whatever a file may hold."""
    lines: list[NodeLine] = []
    is_tidy = random.random() < 0.5
    for number in range(1, random.randint(2, 25)):
        own, lost = (UUID(int=random.getrandbits(127) << 1) for _ in range(2))
        if not is_tidy and known[1:] and random.random() < 0.15:
            own = random.choice(known[1:])
        parent = lost if not is_tidy and random.random() < 0.1 else random.choice(known)
        slug = f"s{random.randrange(names)}" if not is_tidy and random.random() < 0.5 else None
        name = f"n{random.randrange(names)}"
        lines.append(NodeLine(kind="k", name=name, id=own, parent=parent, slug=slug, number=number))
        known.append(own)
    return lines


def _mapped(node: UUID | None, bit: int) -> UUID | None:
    """The twin of an id, for a second structure in the same database; none for the top of all."""
    return None if node is None or node.int == 0 else UUID(int=node.int ^ bit)


async def _told(world: World, under: UUID, lines: Sequence[NodeLine], bit: int) -> tuple[object, ...]:
    at: Any = world.client.state
    own = [replace(each, id=_mapped(each.id, bit), parent=_mapped(cast("UUID", each.parent), bit)) for each in lines]
    done, _ = await run(at.changelog, ADA, lambda work, _: ingest(work, under, own))
    return done.created, done.present, [(bad.number, bad.code) for bad in done.bad]


async def _tree(world: World, root: UUID, bit: int) -> dict[UUID | None, tuple[object, ...]]:
    rows = await world.client.state.database.pool.fetch(
        "SELECT n.* FROM node n JOIN structure s ON s.id = n.structure_id WHERE s.root_id = $1 AND n.parent_id IS NOT NULL",
        root,
    )
    above = {root: UUID(int=0)}
    return {
        _mapped(row["id"], bit): (_mapped(above.get(row["parent_id"], row["parent_id"]), bit), row["pos"], row["slug"])
        for row in rows
    }
