"""Moves of some 10,000 nodes, side by side with three other ways to keep the tree.

What is compared with the others is what they do, too: lock, look up, move, commit. The operation as the service runs it
does more (kinds, slugs, levels, counts, the changelog) and has rows of its own, without a goal.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from statistics import median
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import Cycle
from mediaclay_structure.operations.commands import MoveNode
from mediaclay_structure.operations.move_node import move_node
from mediaclay_structure.store import nodes, writing
from mediaclay_structure.tree.positions import after

from benchmarks.rows import Row, times_faster
from benchmarks.structure.bench import Bench
from benchmarks.structure.data.tree import nearest
from benchmarks.structure.peers import labels, plain, treebeard

SIZE = 10_000
BRANCHES = 6
ROUNDS = 3
"""There and back each time: ltree takes seconds for each."""
GOALS = {"django-treebeard MP": 50, "ltree (GiST and B-tree)": 200, "plain text path": 50}

Move = Callable[[UUID, UUID], Awaitable[object]]


async def run(bench: Bench) -> list[Row]:
    """Each branch goes below the root and back; all four trees make the same moves, in an order that changes."""
    for peer in (plain, labels, treebeard):
        await peer.make(bench)
    times: dict[str, list[float]] = {name: [] for name in ("ours", "operation", *GOALS)}
    size = min(SIZE, len(bench.tree) // 5)
    chosen = nearest(bench.tree, bench.tree.branches(size // 3, size * 3), size, BRANCHES)
    assert chosen, "the tree has no branch of that size"
    try:
        async with bench.reading() as db:
            moves: dict[str, Move] = {
                "ours": lambda moved, parent: _move(db, bench.structure, moved, parent),
                "operation": lambda moved, parent: bench.do(lambda work, _: move_node(work, MoveNode(moved, parent))),
                "django-treebeard MP": treebeard.move,
                "ltree (GiST and B-tree)": lambda moved, parent: labels.move(db, bench.structure, moved, parent),
                "plain text path": lambda moved, parent: plain.move(db, bench.structure, moved, parent),
            }
            for round_ in range(ROUNDS):
                for branch in chosen:
                    bench.say(f"round {round_ + 1} of {ROUNDS}: a branch of {bench.tree.sizes[branch]:,}")
                    await _there_and_back(bench, branch, moves, times)
    finally:
        await treebeard.close()
    sizes = sorted(bench.tree.sizes[branch] for branch in chosen)
    bench.remarks.append(
        f"Medians of {len(times['ours'])} moves each, of branches of {sizes[0]:,} to {sizes[-1]:,} nodes."
    )
    ours, operation = median(times["ours"]), median(times["operation"])
    alone = [times_faster(f"move against {name}", ours, median(times[name]), goal) for name, goal in GOALS.items()]
    whole = [times_faster(f"whole operation against {name}", operation, median(times[name]), None) for name in GOALS]
    return [*alone, *whole]


async def _move(db: Connection, structure: UUID, moved: UUID, parent: UUID) -> None:
    """What the peers do: a branch to the end of another folder, in a transaction of its own."""
    async with db.transaction():
        await writing.lock_structure(db, structure, alone=True)
        held = await writing.hold(db, [moved, parent])
        if held[parent].label.full_key.startswith(held[moved].label.full_key):
            raise Cycle
        _, last = await writing.edge_siblings(db, structure, parent)
        await writing.move(db, held[moved].node, parent, after(last))


async def _there_and_back(bench: Bench, branch: int, moves: dict[str, Move], times: dict[str, list[float]]) -> None:
    """To a folder outside of the branch, and home."""
    tree = bench.tree
    home, away = tree.parents[branch], await _folder(bench, branch)
    for parent in (away, home):
        for name in bench.random.sample(list(moves), len(moves)):
            began = time.perf_counter()
            await moves[name](tree.id(branch), tree.id(parent))
            times[name].append(time.perf_counter() - began)


async def _folder(bench: Bench, branch: int) -> int:
    """A folder outside of the branch that has no child of its name."""
    tree = bench.tree
    async with bench.reading() as db:
        [node] = await nodes.by_id(db, [tree.id(branch)])
        while True:
            number = bench.random.randrange(len(tree))
            taken = await writing.slugs_taken(db, bench.structure, [(tree.id(number), node.slug)])
            if not taken and not tree.holds(branch, number):
                return number
