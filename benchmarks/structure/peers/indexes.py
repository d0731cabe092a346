"""The indexes of our table of nodes, for a peer's: so that both pay for the same look-ups with each write."""

from __future__ import annotations

import re

from benchmarks.structure.bench import Bench

_OF_NODE = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'node'"


async def copied(bench: Bench, table: str, *, gin: bool) -> None:
    """Makes those on `table` that are GIN, or those that are not; none of the labels: a peer has its path instead.

    The B-trees are made before the rows come, for that is how ours became what they are; a GIN index is only written
    to by what is compared here, and is made a lot faster behind them.
    """
    async with bench.reading() as db:
        found: list[tuple[str, str]] = [(row[0], row[1]) for row in await db.fetch(_OF_NODE)]
    for name, definition in found:
        if ("USING gin" in definition) is gin and not re.search(r"\b(okey|anchor_id)\b", definition):
            made = definition.replace(f"INDEX {name} ON", f"INDEX {table.split('.')[-1]}_{name} ON")
            await bench.execute(re.sub(r" ON \S+\.node\b", f" ON {table}", made))
