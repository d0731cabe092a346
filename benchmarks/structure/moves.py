"""Moves of branches of every size to places anywhere, each as the service does it: lock, checks, move, change, commit."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database
from mediaclay_kernel.errors import Conflict, Cycle, LimitExceeded
from mediaclay_structure.operations.commands import MoveNode
from mediaclay_structure.operations.move_node import move_node
from mediaclay_structure.service import SCHEMA
from mediaclay_structure.store import branches, nodes
from mediaclay_structure.transactions import run as transact

from benchmarks.measure import percentile
from benchmarks.rows import Row, amount, seconds
from benchmarks.structure.bench import PRINCIPAL, Bench, connected

WARM = 10
MOVES = 150
"""Of each class of sizes."""
CLASSES = ((10, 100), (100, 1_000), (1_000, 10_000), (10_000, 100_000), (100_000, 10_000_000))
MOST_SECONDS = 0.05
MOST_ROWS = 2_048
MOST_WAL = 500_000
_WRITTEN = (
    "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables WHERE schemaname = current_schema()"
)
_LOG = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"


@dataclass(frozen=True, slots=True)
class Moved:
    """What one move took: `nodes` is the size of the branch, `rows` all that were inserted, updated or deleted."""

    nodes: int
    seconds: float
    rows: int
    wal: int


async def run(bench: Bench) -> list[Row]:
    """The classes take turns, so that the tree is as worn for one as for another."""
    classes = [(low, high, bench.tree.branches(low, high)) for low, high in CLASSES]
    classes = [(low, high, numbers) for low, high, numbers in classes if numbers]
    moved: list[Moved] = []
    async with _mover(bench) as mover:
        for _ in range(WARM):  # plans and caches, as in a service that runs
            await mover.anywhere(bench.random.choice(classes[0][2]))
        await _show_largest(bench, mover)
        for turn in range(MOVES):
            for _, _, numbers in classes:
                moved.append(await mover.anywhere(bench.random.choice(numbers)))
            if turn % 50 == 49:
                bench.say(f"{len(moved)} moves")
    rows = [
        _row(f"move {low:,} to {high - 1:,} nodes", [m for m in moved if low <= m.nodes < high])
        for low, high in CLASSES
    ]
    return [row for row in rows if row] + [_all(moved)]  # pyright: ignore[reportReturnType]


def _row(what: str, moved: list[Moved]) -> Row | None:
    if not moved:
        return None
    times, rows, wal = [m.seconds for m in moved], [m.rows for m in moved], [m.wal for m in moved]
    note = (
        f"{len(moved)} moves of {min(m.nodes for m in moved):,} to {max(m.nodes for m in moved):,}; "
        f"p99 {seconds(percentile(times, 0.99))}; rows {median(rows):,.0f} (p99 {percentile(rows, 0.99):,.0f}, "
        f"most {max(rows):,}); WAL {amount(median(wal))} (p99 {amount(percentile(wal, 0.99))})"
    )
    reached = median(times) <= MOST_SECONDS and max(rows) <= MOST_ROWS and median(wal) <= MOST_WAL
    goal = f"median <= {MOST_SECONDS * 1000:.0f} ms, <= {MOST_ROWS:,} rows, median WAL <= {amount(MOST_WAL)}"
    return Row(what, seconds(median(times)), goal=goal, reached=reached, note=note)


def _all(moved: list[Moved]) -> Row:
    row = _row("move, all sizes alike", moved)
    assert row is not None
    return row


@asynccontextmanager
async def _mover(bench: Bench) -> AsyncGenerator[_Mover]:
    # One connection, so that it is the one whose counts are asked for; a second one would count for itself.
    async with connected(bench.url, most=1) as pool:
        yield _Mover(bench, pool)


class _Mover:
    """Moves branches and counts what that wrote."""

    def __init__(self, bench: Bench, pool: Database) -> None:
        self.bench = bench
        self.pool = pool
        self.changelog = Changelog(pool, SCHEMA)

    async def anywhere(self, branch: int) -> Moved:
        """A branch to a random place: below any node, or beside any, which is where wide folders get more."""
        tree, random = self.bench.tree, self.bench.random
        while True:
            target = random.randrange(len(tree))
            if random.random() < 0.5 and target:
                target = tree.parents[target]
            try:
                return await self.move(tree.id(branch), tree.id(target))
            except (Conflict, Cycle, LimitExceeded):
                continue  # a cycle, a sibling of the same name, too deep: another place will do

    async def move(self, branch: UUID, target: UUID) -> Moved:
        """One move, alone on the server. Raises what the operation raises."""
        written, log = await self._counted()
        began = time.perf_counter()
        _, changes = await transact(
            self.changelog, PRINCIPAL, lambda work, _: move_node(work, MoveNode(branch, target))
        )
        taken = time.perf_counter() - began
        after, end = await self._counted()
        return Moved(changes[0].details["nodes"], taken, after - written, end - log)

    async def _counted(self) -> tuple[int, int]:
        # The server tells others what a connection wrote about once a second, unless it is asked to at once.
        await self.pool.pool.execute("SELECT pg_stat_force_next_flush()")
        log: int = await self.pool.pool.fetchval(_LOG)
        return await self.pool.pool.fetchval(_WRITTEN) or 0, log


async def _show_largest(bench: Bench, mover: _Mover) -> None:
    """Moves the largest branch of the tree below the smallest folder beside it, and says what that changed."""
    tree = bench.tree
    top = max(range(1, len(tree)), key=lambda number: tree.sizes[number])
    beside = [number for number in range(1, len(tree)) if tree.parents[number] == tree.parents[top] and number != top]
    target = min(beside, key=lambda number: tree.sizes[number])
    before = await _told(bench, tree.id(top))
    moved = await mover.move(tree.id(top), tree.id(target))
    after = await _told(bench, tree.id(top))
    bench.remarks.append(
        f"The largest branch, moved below the smallest one beside it: before {before}; after {after}. "
        f"{seconds(moved.seconds)}, {moved.rows:,} rows, {amount(moved.wal)} of WAL."
    )


async def _told(bench: Bench, node: UUID) -> str:
    async with bench.reading() as db:
        above = (await nodes.ancestors(db, [node]))[node]
        [own] = await nodes.by_id(db, [node])
        count = (await branches.counts(db, [own]))[node]
    path = "/" + "/".join([*(one.slug for one in above[1:]), own.slug])
    return f"`path` {path}, `descendantCount` {count:,}"
