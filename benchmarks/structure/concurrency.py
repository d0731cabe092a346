"""Eight writers on one structure while PostgreSQL and the service are killed: what was asked, answered, lost and found.

`python -m benchmarks.structure.concurrency` runs it alone, on servers of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import Row
from benchmarks.structure.bench import Bench
from tests.structure.support.service import serving
from tests.structure.support.storm import WRITERS, Outcome, examine, rage
from tests.structure.support.writers import Book

OPERATIONS = 10_000
KILLS = 20


@dataclass(frozen=True, slots=True)
class Storm:
    """What a run was like, and how it ended."""

    book: Book
    killed: Counter[str]
    outcome: Outcome
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether every invariant holds, and every answer was true."""
        return not self.outcome.report.errors and not self.outcome.wrong


def storm(operations: int, kills: int, seed: int) -> Storm:
    """So many operations by all writers together, with so many kills, of either server in turn."""
    with tempfile.TemporaryDirectory(prefix="clay-storm-") as home, serving(Path(home)) as service:
        began = time.monotonic()
        book, killed = rage(service, operations, kills, seed)
        seconds = time.monotonic() - began
        return Storm(book, killed, examine(service, book), seconds)


async def run(bench: Bench) -> list[Row]:
    """On servers of its own; of `bench` it needs but the place among the other parts."""
    bench.say(f"{OPERATIONS:,} operations by {WRITERS} writers, {KILLS} kills")
    return rows(await asyncio.to_thread(storm, OPERATIONS, KILLS, 1))


def rows(done: Storm) -> list[Row]:
    """The table."""
    book, outcome = done.book, done.outcome
    size = outcome.report.size
    holds = (
        "clean" if done.is_clean else "; ".join([*(each.invariant for each in outcome.report.errors), *outcome.wrong])
    )
    return [
        Row("asked", f"{book.wanted:,}", note=f"by {WRITERS} writers in {done.seconds:.0f} s"),
        Row("killed with SIGKILL", f"{done.killed.total()}", note=_listed(done.killed)),
        Row("acknowledged", f"{len(book.acknowledged):,}", note=_listed(book.done)),
        Row("refused", f"{book.codes.total():,}", note=_listed(book.codes)),
        Row("answers lost, and asked again", f"{book.lost.total():,}", note=_listed(book.lost)),
        Row("done though nobody was told", f"{outcome.recovered:,}", note="each of them was asked for"),
        Row("revisions", f"{outcome.changes:,}", note=f"{size['nodes']:,} nodes, {size['anchors']:,} fragments, "
            f"{size['links']:,} links at the end"),
        Row("lost, done twice, or broken", holds, goal="clean", reached=done.is_clean),
    ]  # fmt: skip


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda each: -each[1]))


def main() -> int:
    """Prints the table; 0 where nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.structure.concurrency", description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1, help="what each writer chooses; not when the servers die")
    chosen = parser.parse_args()
    done = storm(chosen.operations, chosen.kills, chosen.seed)
    for row in rows(done):
        print(f"{row.what:<30} {row.ours:>10}  {row.note}")
    return 0 if done.is_clean else 1


if __name__ == "__main__":
    raise SystemExit(main())
