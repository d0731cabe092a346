"""Reads as the loaders ask them, against the same reads on plain paths."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_structure.records import Window
from mediaclay_structure.store import nodes

from benchmarks.measure import Times, side_by_side
from benchmarks.rows import Row, at_most
from benchmarks.structure.bench import Bench
from benchmarks.structure.peers import plain

GOAL = 1.05
SAMPLE = 200
BATCH = 50
PAGE = 50

ONE = f"SELECT {plain.COLUMNS} FROM peer.plain n WHERE n.id = $1"
BY_ID = f"SELECT {plain.COLUMNS} FROM peer.plain n WHERE n.id = ANY($1::uuid[])"
CHILDREN = f"""
SELECT {plain.COLUMNS} FROM peer.plain n WHERE n.structure_id = $1 AND n.parent_id = $2 AND n.pos > $3
ORDER BY n.pos LIMIT {PAGE + 1}
"""
ANCESTORS = f"""
SELECT {plain.COLUMNS} FROM peer.plain t
CROSS JOIN LATERAL (
    SELECT array_agg(array_to_string((string_to_array(t.path, '/'))[:upto], '/') || '/') AS keys
    FROM generate_series(1, length(t.path) - length(replace(t.path, '/', '')) - 1) AS upto
) AS above
JOIN peer.plain n ON n.structure_id = t.structure_id AND n.path = ANY(above.keys)
WHERE t.id = $1 ORDER BY n.path
"""


async def run(bench: Bench) -> list[Row]:
    """Point, children, ancestors: single ones, and points by the 50, as the service asks for the nodes of a list."""
    await plain.make(bench)
    some = [bench.tree.id(bench.random.randrange(1, len(bench.tree))) for _ in range(SAMPLE)]
    fifties = [tuple(bench.random.sample(some, BATCH)) for _ in range(BATCH)]
    folders = [
        bench.tree.id(bench.tree.parents[bench.random.randrange(1, len(bench.tree))]) for _ in range(SAMPLE)
    ]  # by their nodes, so that wide folders come as often as they are opened
    async with bench.reading() as db:
        return [
            _row("one node by its id", await _points(bench, db, [(i,) for i in some])),
            _row(f"{BATCH} nodes by their ids", await _points(bench, db, fifties)),
            _row(f"first {PAGE} children", await _children(bench, db, folders)),
            _row("ancestors of one node", await _ancestors(bench, db, some)),
        ]


def _row(what: str, times: Times) -> Row:
    return at_most(what, times.of("ours"), times.of("plain"), times.ratio("ours", "plain"), GOAL)


async def _points(bench: Bench, db: Connection, keys: Sequence[tuple[UUID, ...]]) -> Times:
    async def ours(ids: tuple[UUID, ...]) -> list[UUID]:
        return sorted(node.id for node in await nodes.by_id(db, ids))

    async def peer(ids: tuple[UUID, ...]) -> list[UUID]:
        rows = await (db.fetch(ONE, ids[0]) if len(ids) == 1 else db.fetch(BY_ID, list(ids)))
        return sorted(node.id for node in plain.records(rows))

    return await side_by_side({"ours": ours, "plain": peer}, keys, bench.rounds, bench.random)


async def _children(bench: Bench, db: Connection, folders: Sequence[UUID]) -> Times:
    parents = {node.id: node for node in await nodes.by_id(db, folders)}

    async def ours(folder: UUID) -> list[UUID]:
        found = await nodes.children(db, [parents[folder]], Window(PAGE), None)
        return [node.id for node in found]

    async def peer(folder: UUID) -> list[UUID]:
        return [node.id for node in plain.records(await db.fetch(CHILDREN, bench.structure, folder, ""))]

    return await side_by_side({"ours": ours, "plain": peer}, folders, bench.rounds, bench.random)


async def _ancestors(bench: Bench, db: Connection, some: Sequence[UUID]) -> Times:
    async def ours(node: UUID) -> list[UUID]:
        return [above.id for above in (await nodes.ancestors(db, [node]))[node]]

    async def peer(node: UUID) -> list[UUID]:
        return [above.id for above in plain.records(await db.fetch(ANCESTORS, node))]

    return await side_by_side({"ours": ours, "plain": peer}, some, bench.rounds, bench.random)
