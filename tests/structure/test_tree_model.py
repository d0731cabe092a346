"""Random operations on a tree with a small bound, against a model that holds parents and children and nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from mediaclay_kernel import database as databases
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.errors import Conflict, Cycle
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.commands import CreateNode, CreateStructure, MoveNode
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.operations.create_structure import create_structure
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.operations.move_node import move_node
from mediaclay_structure.state import State
from mediaclay_structure.store import branches, nodes, structures, walking
from mediaclay_structure.transactions import run
from mediaclay_structure.tree.order import Place, Position

from tests.structure.invariants import broken

ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE}))


@pytest.fixture
async def state(database: str) -> AsyncIterator[State]:
    async with databases.connect(database, "structure") as pool:
        yield State(pool, Changelog(pool, "structure"), None)


class Model:
    """A tree as lists of children."""

    def __init__(self, root: UUID) -> None:
        self.root = root
        self.parent: dict[UUID, UUID | None] = {root: None}
        self.children: dict[UUID, list[UUID]] = {root: []}

    def add(self, node: UUID, parent: UUID, index: int | None = None) -> None:
        self.parent[node] = parent
        self.children[node] = []
        siblings = self.children[parent]
        siblings.insert(len(siblings) if index is None else index, node)

    def move(self, node: UUID, parent: UUID, index: int | None) -> None:
        above = self.parent[node]
        assert above is not None
        self.children[above].remove(node)
        self.parent[node] = parent
        siblings = self.children[parent]
        siblings.insert(len(siblings) if index is None else index, node)

    def branch(self, node: UUID) -> list[UUID]:
        """In document order, itself first."""
        found: list[UUID] = []
        stack = [node]
        while stack:
            found.append(stack.pop())
            stack += reversed(self.children[found[-1]])
        return found


async def _made(state: State, bound: int) -> Model:
    made, _ = await run(state.changelog, ADA, lambda work, _: create_structure(work, CreateStructure("zoo", "Zoo")))
    await state.database.pool.execute("UPDATE structure SET bound = $1", bound)
    return Model((await structures.by_id(state.database.pool, [made]))[0].root_id)


async def _create(state: State, model: Model, rng: random.Random, parent: UUID) -> None:
    index = rng.choice([None, None, 0])
    place = Place(Position.LAST if index is None else Position.FIRST)
    command = CreateNode(parent, "thing", "x", place=place)
    node, _ = await run(
        state.changelog, ADA, lambda work, alone: create_node(work, command, alone=alone or rng.random() < 0.3)
    )
    assert node is not None
    model.add(node.id, parent, index)


async def _move(state: State, model: Model, rng: random.Random, node: UUID, parent: UUID) -> None:
    siblings = [child for child in model.children[parent] if child != node]
    index, place = None, Place()
    if siblings and rng.random() < 0.5:
        index = rng.randrange(len(siblings))
        place = Place(Position.BEFORE, siblings[index])
    command = MoveNode(node, parent, place)
    if parent in model.branch(node):
        with pytest.raises(Cycle):
            await run(state.changelog, ADA, lambda work, _: move_node(work, command))
        return
    try:
        await run(state.changelog, ADA, lambda work, _: move_node(work, command))
    except Conflict:  # the slug, which the model does not know
        return
    model.move(node, parent, index)


async def _ingest(state: State, model: Model, rng: random.Random) -> None:
    under = rng.choice(list(model.parent))
    lines: list[NodeLine] = []
    for number in range(rng.randrange(1, 60)):
        parent = rng.choice([None, *[line.id for line in lines[-5:]]])
        lines.append(NodeLine(kind="thing", name="y", id=uuid4(), parent=parent, number=number))
    done, _ = await run(state.changelog, ADA, lambda work, _: ingest(work, under, lines))
    assert (done.created, done.bad) == (len(lines), [])
    for line in lines:
        assert line.id is not None
        model.add(line.id, line.parent if isinstance(line.parent, UUID) else under)


async def _same(state: State, model: Model, structure: UUID) -> None:
    assert await broken(state.database.pool, structure) == []
    async with state.database.transaction("repeatable_read", readonly=True) as db:
        label = (await nodes.labels(db, [model.root]))[model.root]
        found = [node.id async for some in walking.whole(db, label, 7) for node in some]
    assert found == model.branch(model.root)[1:]
    everyone = await nodes.by_id(state.database.pool, list(model.parent))
    assert {node.id: node.parent_id for node in everyone} == model.parent
    counts = await branches.counts(state.database.pool, everyone)
    assert counts == {node: len(model.branch(node)) - 1 for node in model.parent}


@pytest.mark.parametrize(("bound", "seed"), [(4, 1), (6, 2), (16, 3)])
async def test_random_operations_agree_with_the_model(state: State, bound: int, seed: int) -> None:
    rng = random.Random(seed)
    model = await _made(state, bound)
    structure = (await structures.by_slug(state.database.pool, ["zoo"]))[0].id
    for step in range(250):
        known = list(model.parent)
        newest = known[-1 - min(len(known) - 1, int(rng.expovariate(0.3)))]
        pick = rng.random()
        if pick < 0.5:
            await _create(state, model, rng, newest if step % 100 < 50 else rng.choice(known))
        elif pick < 0.9 and len(known) > 1:
            await _move(state, model, rng, rng.choice(known[1:]), rng.choice(known))
        elif len(known) < 800:
            await _ingest(state, model, rng)
        if step % 25 == 24:
            await _same(state, model, structure)
    anchors = await state.database.pool.fetchval("SELECT count(*) FROM anchor")
    assert anchors > 3  # or nothing of this was about anchors


async def test_writers_at_once_lose_nothing_and_leave_no_gap(state: State) -> None:
    model = await _made(state, 8)
    structure = (await structures.by_slug(state.database.pool, ["zoo"]))[0].id
    known = [model.root]

    async def write(seed: int) -> int:
        rng = random.Random(seed)
        done = 0
        for _ in range(30):
            try:
                await _one(rng)
                done += 1
            except (Cycle, Conflict):
                pass
        return done

    async def _one(rng: random.Random) -> None:
        if rng.random() < 0.6 or len(known) < 3:
            create = CreateNode(rng.choice(known), "thing", "x")
            node, _ = await run(state.changelog, ADA, lambda work, alone: create_node(work, create, alone=alone))
            assert node is not None
            known.append(node.id)
        else:
            move = MoveNode(rng.choice(known[1:]), rng.choice(known))
            await run(state.changelog, ADA, lambda work, _: move_node(work, move))

    done = await asyncio.gather(*(write(seed) for seed in range(8)))

    assert await broken(state.database.pool, structure) == []
    assert await state.database.pool.fetchval("SELECT count(*) FROM node") == len(known) + 1  # the trash
    revision = await state.database.pool.fetchval("SELECT revision FROM changelog_head")
    assert revision == 1 + sum(done)


async def test_crossing_moves_end_with_one_of_them_refused(state: State) -> None:
    model = await _made(state, 8)
    rng = random.Random(1)
    for _ in range(2):
        await _create(state, model, rng, model.root)
    a, b = model.children[model.root]
    crossing = [MoveNode(a, b), MoveNode(b, a)]

    async def move(command: MoveNode) -> Any:
        return await run(state.changelog, ADA, lambda work, _: move_node(work, command))

    results = await asyncio.gather(*map(move, crossing), return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Cycle", "tuple"]
    structure = (await structures.by_slug(state.database.pool, ["zoo"]))[0].id
    assert await broken(state.database.pool, structure) == []


async def test_an_ingestion_that_is_repeated_adds_nothing(state: State) -> None:
    model = await _made(state, 8)
    lines = [
        NodeLine(kind="k", name=f"n{i}", path=f"/a{i // 10}" + (f"/b{i}" if i % 10 else ""), number=i)
        for i in range(100)
    ]

    first, _ = await run(state.changelog, ADA, lambda work, _: ingest(work, model.root, lines[:60]))
    again, changes = await run(state.changelog, ADA, lambda work, _: ingest(work, model.root, lines))

    assert (first.created, first.present, first.bad) == (60, 0, [])
    assert (again.created, again.present, again.bad) == (40, 60, [])
    assert changes[0].details == {"nodes": 40, "ingested": True}
    nothing, changes = await run(state.changelog, ADA, lambda work, _: ingest(work, model.root, lines))
    assert (nothing.created, nothing.present, changes) == (0, 100, [])


async def test_bad_lines_are_reported_and_the_others_taken(state: State) -> None:
    model = await _made(state, 8)
    taken = uuid4()
    lines = [
        NodeLine(kind="k", name="good", id=taken, number=1),
        NodeLine(kind="k", name="orphan", parent=uuid4(), number=2),
        NodeLine(kind="k", name="twin", slug="good", number=3),
        NodeLine(kind="k", name="child", parent=taken, number=4),
    ]
    done, _ = await run(state.changelog, ADA, lambda work, _: ingest(work, model.root, lines))
    assert done.created == 2
    assert [(bad.number, bad.code) for bad in done.bad] == [(2, "NOT_FOUND"), (3, "CONFLICT")]


async def test_lines_deeper_than_a_tree_may_be_are_reported_and_those_above_taken(state: State) -> None:
    model = await _made(state, 8)
    ids = [uuid4() for _ in range(514)]
    lines = [
        NodeLine(kind="k", name="n", id=own, parent=above, number=number)
        for number, (own, above) in enumerate(zip(ids, [None, *ids], strict=False), 1)
    ]
    done, _ = await run(state.changelog, ADA, lambda work, _: ingest(work, model.root, lines))
    assert done.created == 512
    assert [(bad.number, bad.code) for bad in done.bad] == [(513, "LIMIT_EXCEEDED"), (514, "NOT_FOUND")]
    assert done.bad[0].message == "A tree has at most 512 levels below its root."
    structure = (await structures.by_slug(state.database.pool, ["zoo"]))[0].id
    assert await broken(state.database.pool, structure) == []
