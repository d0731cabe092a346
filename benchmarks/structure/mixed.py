"""Clients that read, create and move big branches at the same time, ours against a plain path."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import asyncpg
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.ids import new_id
from mediaclay_structure.operations.commands import CreateNode, MoveNode
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.operations.move_node import move_node
from mediaclay_structure.records import Window
from mediaclay_structure.store import nodes

from benchmarks.rows import Row
from benchmarks.structure import reads
from benchmarks.structure.bench import BY, Bench
from benchmarks.structure.data.tree import nearest
from benchmarks.structure.peers import plain

CLIENTS = 8
SIZE = 100_000
BRANCHES = 3
GOAL = 10
MOVES, CREATES = 0.02, 0.28
"""The shares of moves and creates; the others are reads: nodes by id, first children, ancestors."""
TURNS = 2


@dataclass(frozen=True, slots=True)
class Tree:
    """What a client can do to a tree, each in a transaction of its own."""

    move: Callable[[UUID, UUID], Awaitable[object]]
    create: Callable[[UUID], Awaitable[object]]
    point: Callable[[UUID], Awaitable[object]]
    children: Callable[[UUID], Awaitable[object]]
    ancestors: Callable[[UUID], Awaitable[object]]


@dataclass(slots=True)
class Load:
    """What came of it."""

    done: Counter[str] = field(default_factory=Counter[str])
    seconds: float = 0
    deadlocks: int = 0

    def rate(self) -> float:
        """Operations a second."""
        return (self.done.total() - self.done["refused"]) / self.seconds

    def words(self) -> str:
        """The operations a second, and how many of each."""
        kinds = ", ".join(f"{count:,} {name}" for name, count in sorted(self.done.items()))
        return f"{self.rate():,.0f} a second ({kinds})"


async def run(bench: Bench) -> list[Row]:
    """The two trees are loaded in turns, each with the same seeds."""
    await plain.make(bench)
    size = min(SIZE, len(bench.tree) // 4)
    branches = nearest(bench.tree, bench.tree.branches(size // 2, size * 2), size, BRANCHES)
    assert branches, "the tree has no branch of that size"
    loads = {"ours": Load(), "plain": Load()}
    trees = {"ours": _ours(bench), "plain": _plain(bench)}
    for turn in range(TURNS):
        for name, tree in trees.items():
            bench.say(f"turn {turn + 1} of {TURNS}: {name}")
            await _load(bench, tree, branches, loads[name], turn)
    ours, peer = loads["ours"], loads["plain"]
    ratio = ours.rate() / peer.rate()
    deadlocks = f"deadlocks: {ours.deadlocks} of ours, {peer.deadlocks} of the plain path's"
    what = f"{CLIENTS} clients, moves of {'/'.join(f'{bench.tree.sizes[b]:,}' for b in branches)} nodes"
    reached = ratio >= GOAL and not ours.deadlocks
    return [Row(what, ours.words(), peer.words(), f"{ratio:.1f} x", f">= {GOAL} x, no deadlock", reached, deadlocks)]


async def _load(bench: Bench, tree: Tree, branches: list[int], load: Load, turn: int) -> None:
    before = await _deadlocks(bench)
    began = time.monotonic()
    until = began + bench.seconds
    await asyncio.gather(
        *(_client(bench, tree, branches, load, until, Random(turn * CLIENTS + n)) for n in range(CLIENTS))
    )
    load.seconds += time.monotonic() - began  # the last moves may take long: they count, and so does their time
    load.deadlocks += await _deadlocks(bench) - before


async def _client(
    bench: Bench, tree: Tree, branches: list[int], load: Load, until: float, random: Random
) -> None:  # fmt: skip
    shape = bench.tree
    while time.monotonic() < until:
        dice, number = random.random(), random.randrange(1, len(shape))
        if dice < MOVES:
            branch = random.choice(branches)
            while shape.holds(branch, number):
                number = random.randrange(1, len(shape))
            await _try(load, "moves", tree.move(shape.id(branch), shape.id(shape.parents[number])))
        elif dice < MOVES + CREATES:
            await _try(load, "creates", tree.create(shape.id(number)))
        else:
            read = random.choice((tree.point, tree.children, tree.ancestors))
            await _try(load, "reads", read(shape.id(number)))


async def _try(load: Load, what: str, work: Awaitable[object]) -> None:
    try:
        await work
    except (ClayError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError):
        what = "refused"  # into its own branch by now, or a name that a sibling has
    load.done[what] += 1


async def _deadlocks(bench: Bench) -> int:
    async with bench.reading() as db:
        return await db.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def _ours(bench: Bench) -> Tree:
    pool = bench.pool.pool

    async def children(folder: UUID) -> object:
        [parent] = await nodes.by_id(pool, [folder])
        return await nodes.children(pool, [parent], Window(reads.PAGE), None)

    return Tree(
        move=lambda moved, parent: bench.do(lambda work, _: move_node(work, MoveNode(moved, parent))),
        create=lambda parent: bench.do(
            lambda work, alone: create_node(work, CreateNode(parent, "note", f"New {new_id()}"), alone=alone)
        ),
        point=lambda node: nodes.by_id(pool, [node]),
        children=children,
        ancestors=lambda node: nodes.ancestors(pool, [node]),
    )


def _plain(bench: Bench) -> Tree:
    pool, structure = bench.pool.pool, bench.structure

    async def move(moved: UUID, parent: UUID) -> None:
        async with bench.reading() as db:
            await plain.move(db, structure, moved, parent)

    async def create(parent: UUID) -> None:
        async with bench.reading() as db:
            await plain.create(db, structure, new_id(), parent, BY)

    async def fetched(sql: str, *arguments: object) -> object:
        return plain.records(await pool.fetch(sql, *arguments))

    async def children(folder: UUID) -> object:
        await fetched(reads.BY_ID, [folder])
        return await fetched(reads.CHILDREN, structure, folder, "")

    return Tree(
        move=move,
        create=create,
        point=lambda node: fetched(reads.BY_ID, [node]),
        children=children,
        ancestors=lambda node: fetched(reads.ANCESTORS, node),
    )
