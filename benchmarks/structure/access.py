"""Whether each of 50 nodes lies in one of 5 granted branches: what an access check asks of a tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from mediaclay_structure.store import nodes

from benchmarks.measure import side_by_side
from benchmarks.rows import Row, at_most
from benchmarks.structure.bench import Bench
from benchmarks.structure.peers import plain

GOAL = 1.25
NODES = 50
GRANTS = 5
SAMPLE = 100
_PATHS = "SELECT id, path FROM peer.plain WHERE id = ANY($1::uuid[])"

Question = tuple[tuple[UUID, ...], tuple[UUID, ...]]


async def run(bench: Bench) -> list[Row]:
    """Both ask for the keys of all 55 nodes in one statement and compare them by prefix."""
    await plain.make(bench)
    folders = bench.tree.branches(100, len(bench.tree))
    questions: list[Question] = [
        (
            tuple(bench.tree.id(bench.random.randrange(1, len(bench.tree))) for _ in range(NODES)),
            tuple(bench.tree.id(number) for number in bench.random.sample(folders, GRANTS)),
        )
        for _ in range(SAMPLE)
    ]
    async with bench.reading() as db:

        async def ours(asked: Question) -> list[bool]:
            return _inside(asked, await nodes.full_keys(db, [*asked[0], *asked[1]]))

        async def peer(asked: Question) -> list[bool]:
            return _inside(asked, dict(await db.fetch(_PATHS, [*asked[0], *asked[1]])))

        times = await side_by_side({"ours": ours, "plain": peer}, questions, bench.rounds, bench.random)
    what = f"{NODES} nodes, {GRANTS} grants"
    return [at_most(what, times.of("ours"), times.of("plain"), times.ratio("ours", "plain"), GOAL)]


def _inside(asked: Question, keys: Mapping[UUID, str]) -> list[bool]:
    granted: Iterable[str] = tuple(keys[grant] for grant in asked[1])
    return [keys[node].startswith(granted) for node in asked[0]]
