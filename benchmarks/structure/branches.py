"""Whole branches: in document order and in any, against a range of plain paths."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_structure.records import NodeFilter
from mediaclay_structure.store import branches, nodes, walking

from benchmarks.measure import side_by_side
from benchmarks.rows import Row, at_most
from benchmarks.structure.bench import Bench
from benchmarks.structure.data.tree import nearest
from benchmarks.structure.peers import plain

STEP = 1_000
"""How many nodes a page holds of a branch that is read page by page: the most that a client may ask for."""
EVERYTHING = 2**31 - 1
_RANGE = f"""
SELECT {plain.COLUMNS} FROM peer.plain n WHERE n.structure_id = $1
  AND n.path > (SELECT t.path FROM peer.plain t WHERE t.id = $2)
  AND n.path < (SELECT left(t.path, -1) || '0' FROM peer.plain t WHERE t.id = $2)
"""
_ORDERED = f"{_RANGE} ORDER BY n.path"
_PAGE = f"""
SELECT {plain.COLUMNS} FROM peer.plain n WHERE n.structure_id = $1 AND n.path > $2 AND n.path < $3
ORDER BY n.path LIMIT {STEP}
"""
_COUNT = """
SELECT count(*) FROM peer.plain n WHERE n.structure_id = $1 AND n.kind = ANY($3::text[])
  AND n.path > (SELECT t.path FROM peer.plain t WHERE t.id = $2)
  AND n.path < (SELECT left(t.path, -1) || '0' FROM peer.plain t WHERE t.id = $2)
"""


@dataclass(frozen=True, slots=True)
class Size:
    """A class of branches: how many nodes, how many branches of it are read, and the goals."""

    nodes: int
    branches: int
    ordered: float
    unordered: float


SIZES = (Size(100, 100, 1.5, 1.2), Size(10_000, 8, 1.3, 1.1), Size(100_000, 2, 1.2, 1.1))

Read = Callable[[UUID], Awaitable[object]]


async def run(bench: Bench) -> list[Row]:
    """Branches of 100, 10,000 and 100,000 nodes, as far as the tree has them."""
    await plain.make(bench)
    rows: list[Row] = []
    async with bench.reading() as db:
        for size in SIZES:
            near = bench.tree.branches(size.nodes // 2, size.nodes * 2)
            chosen = [bench.tree.id(number) for number in nearest(bench.tree, near, size.nodes, size.branches)]
            if chosen:
                rows += await _rows(bench, db, size, chosen)
    return rows


async def _rows(bench: Bench, db: Connection, size: Size, chosen: Sequence[UUID]) -> list[Row]:
    pair = _Pair(bench, db, chosen, f"about {size.nodes:,} nodes")
    rows = [await pair.row("in document order, {}", size.ordered, pair.ordered, pair.plain_ordered)]
    if size.nodes > STEP:
        what = "in document order, {}, " + f"{STEP:,} at a time"
        rows.append(await pair.row(what, None, pair.paged, pair.plain_paged))
    rows.append(
        await pair.row("unordered: those of one kind counted, {}", size.unordered, pair.counted, pair.plain_counted)
    )
    return rows


class _Pair:
    """Our reads of a branch, and the plain path's."""

    def __init__(self, bench: Bench, db: Connection, chosen: Sequence[UUID], size: str) -> None:
        self.bench = bench
        self.db = db
        self.chosen = chosen
        self.size = size

    async def row(self, what: str, goal: float | None, ours: Read, peer: Read) -> Row:
        """Both side by side."""
        times = await side_by_side({"ours": ours, "plain": peer}, self.chosen, self.bench.rounds, self.bench.random)
        ratio = times.ratio("ours", "plain")
        return at_most(what.format(self.size), times.of("ours"), times.of("plain"), ratio, goal)

    async def ordered(self, top: UUID) -> list[UUID]:
        """As a page of `descendants` is read, or a stream that goes on over several fragments, all of it at once."""
        near = await branches.beginning(self.db, top, "", EVERYTHING)
        if near is not None:
            return [node.id for node, _ in near]
        async with self.db.transaction(isolation="repeatable_read", readonly=True):
            label = (await nodes.labels(self.db, [top]))[top]
            return [node.id async for some in walking.whole(self.db, label, EVERYTHING) for node in some]

    async def plain_ordered(self, top: UUID) -> list[UUID]:
        """One range in the order of the path."""
        return [node.id for node in plain.records(await self.db.fetch(_ORDERED, self.bench.structure, top))]

    async def paged(self, top: UUID) -> list[UUID]:
        """Page by page, in one snapshot."""
        async with self.db.transaction(isolation="repeatable_read", readonly=True):
            label = (await nodes.labels(self.db, [top]))[top]
            return [node.id async for some in walking.whole(self.db, label, STEP) for node in some]

    async def plain_paged(self, top: UUID) -> list[UUID]:
        """The same by keyset."""
        found: list[UUID] = []
        async with self.db.transaction(isolation="repeatable_read", readonly=True):
            after: str = await self.db.fetchval(plain.PATH, top)
            end = after[:-1] + "0"
            while page := plain.records(await self.db.fetch(_PAGE, self.bench.structure, after, end)):
                found += [node.id for node in page]
                after = page[-1].path
        return found

    async def counted(self, top: UUID) -> int | None:
        """As `totalCount` of a filtered branch is counted where no index helps: every node is read, in any order."""
        return await branches.count_wanted(self.db, top, NodeFilter(kinds=self._kinds()), None)

    async def plain_counted(self, top: UUID) -> int:
        """The same by one range."""
        return await self.db.fetchval(_COUNT, self.bench.structure, top, self._kinds())

    def _kinds(self) -> list[str]:
        return ["note", "species"]
