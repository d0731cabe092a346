"""A whole tree out over HTTP, and the same lines into an empty database: how fast, and in how much memory.

The structure service and its PostgreSQL alone, with a client that passes bytes on; all share the machine's cores.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Connection
from mediaclay_structure.operations.commands import CreateStructure
from mediaclay_structure.operations.create_structure import create_structure
from mediaclay_structure.store import structures
from mediaclay_structure.transactions import run as transaction

from benchmarks.rows import Row, seconds
from benchmarks.structure.bench import PRINCIPAL, Bench, connected
from benchmarks.structure.serving import Serving, serving

OUT_GOAL = 100_000
IN_GOAL = 30_000
MEMORY_GOAL = 100.0
"""Megabytes that the service may grow by."""
HOURS = 7200.0
"""Seconds that nothing here takes; without a limit of its own, a COPY has that of our connections."""
BLOCK = 128 * 1024
LOOK_EVERY = 50
"""Blocks between two looks at the memory of the service."""


@dataclass(slots=True)
class Passed:
    """What passed through the service, how long it took, and what it took of the service."""

    lines: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    before: float = 0.0
    peak: float = 0.0

    @property
    def rate(self) -> float:
        """Lines a second."""
        return self.lines / self.seconds

    @property
    def growth(self) -> float:
        """Megabytes."""
        return self.peak - self.before


async def run(bench: Bench) -> list[Row]:
    """The lines of the table."""
    with tempfile.TemporaryDirectory(prefix="clay-bench-") as folder:
        file = Path(folder) / "branch.ndjson"
        with serving(bench.url) as service:
            [structure] = await structures.by_id(bench.pool.pool, [bench.structure])
            top = str(structure.root_id)
            await asyncio.to_thread(_warm, service, top)
            out = await asyncio.to_thread(_out, service, top, file)
        bench.say(f"{out.rate:,.0f} lines a second out")
        into, bare = await _import(bench, file)
        bench.say(f"{into.rate:,.0f} lines a second in; bare COPY {bare:,.0f}")
    share = f"{into.rate / bare:.2f}"
    return [
        *_rows(f"stream out {out.lines:,} nodes", out, OUT_GOAL),
        *_rows(f"import {into.lines:,} nodes", into, IN_GOAL),
        Row(
            "import against COPY of the ready rows into the same table", f"{into.rate:,.0f}/s", f"{bare:,.0f}/s", share
        ),
    ]


async def _import(bench: Bench, file: Path) -> tuple[Passed, float]:
    """The import, and how many of its rows a second PostgreSQL takes where nothing has to be found out."""
    url = await bench.server.make("streaming")
    try:
        async with connected(url, most=2) as pool:
            command = CreateStructure("streaming", "Streaming")
            changelog = Changelog(pool, bench.changelog.schema)
            made, _ = await transaction(changelog, PRINCIPAL, lambda work, _: create_structure(work, command, None))
            [structure] = await structures.by_id(pool.pool, [made])
            with serving(url) as service:
                passed = await asyncio.to_thread(_in, service, str(structure.root_id), file)
            return passed, await _bare(pool.pool, file.with_suffix(".copy"))
    finally:
        await bench.server.drop("streaming")


async def _bare(db: Connection, file: Path) -> float:
    """Rows a second of one COPY, from a file of PostgreSQL's own form, into a table with the same indexes."""
    await db.copy_from_query("SELECT * FROM node ORDER BY ctid", output=file, format="binary", timeout=HOURS)
    await db.execute("CREATE TABLE bare (LIKE node INCLUDING ALL)")
    began = time.monotonic()
    tag = await db.copy_to_table("bare", source=file, format="binary", timeout=HOURS)
    return int(tag.split()[-1]) / (time.monotonic() - began)


def _warm(service: Serving, top: str) -> None:
    """What a process imports and prepares at its first request is not counted as growth."""
    service.client.ask("query($id: ID!) { node(id: $id) { id } }", id=top)


def _out(service: Serving, top: str, file: Path) -> Passed:
    passed = Passed(before=service.memory())
    began, cpu = time.monotonic(), service.cpu()
    with file.open("wb") as opened:
        for number, block in enumerate(service.client.branch(top)):
            opened.write(block)
            passed.lines += block.count(b"\n")
            if number % LOOK_EVERY == 0:
                passed.peak = max(passed.peak, service.memory())
    passed.seconds, passed.cpu = time.monotonic() - began, service.cpu() - cpu
    return passed


def _in(service: Serving, top: str, file: Path) -> Passed:
    _warm(service, top)
    passed = Passed(before=service.memory())
    began, cpu = time.monotonic(), service.cpu()
    for said in service.client.ingest(top, _blocks(file)):
        passed.peak = max(passed.peak, service.memory())
        if "done" in said:
            assert said["done"], said
            assert said["bad"] == 0, said
            passed.lines = said["created"] + said["linked"]
    passed.seconds, passed.cpu = time.monotonic() - began, service.cpu() - cpu
    return passed


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            yield block


def _rows(what: str, passed: Passed, goal: int) -> list[Row]:
    cpu = f"{passed.cpu / passed.lines * 1e6:.1f} µs of the service's processor a node"
    grown = f"{passed.before:.0f} MB before, {passed.peak:.0f} MB at the peak"
    return [
        Row(what, f"{passed.rate:,.0f}/s", goal=f">= {goal:,}/s", reached=passed.rate >= goal,
            note=f"{seconds(passed.seconds)}; {cpu}"),
        Row(f"{what}: growth of the service", f"{max(passed.growth, 0):.0f} MB", goal=f"<= {MEMORY_GOAL:.0f} MB",
            reached=passed.growth <= MEMORY_GOAL, note=grown),
    ]  # fmt: skip
