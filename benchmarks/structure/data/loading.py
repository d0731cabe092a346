"""A data set into a database of its own, by the product's own ingestion."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from uuid import UUID

from mediaclay_kernel.settings import Settings, load
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.commands import CreateStructure
from mediaclay_structure.operations.create_structure import create_structure
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.samples import NCBI, WORDNET, Sample
from mediaclay_structure.store import structures

from benchmarks.server import Server
from benchmarks.structure.bench import Bench, connected, say
from benchmarks.structure.data import synthetic
from benchmarks.structure.data.tree import Tree

BATCH = 10_000
TOLD_EVERY = 250_000
TABLES = ("node", "anchor", "changelog")

Lines = Callable[[int | None], Iterator[NodeLine]]


def _synthetic(most: int | None) -> Iterator[NodeLine]:
    return synthetic.lines(most or 1_000_000)


def _of(sample: Sample) -> Lines:
    def lines(most: int | None) -> Iterator[NodeLine]:
        found = sample.lines(load(Settings).home, lambda doing, _: None)
        return found if most is None else islice(found, most - 1)

    return lines


DATA: dict[str, Lines] = {
    "none": lambda _: iter(()),
    "synthetic": _synthetic,
    "ncbi": _of(NCBI),
    "wordnet": _of(WORDNET),
}
"""Every data set by its name: its nodes in pre-order, at most so many with the root."""


@asynccontextmanager
async def loaded(server: Server, name: str, most: int | None) -> AsyncGenerator[Bench]:
    """A data set in a database of its own, which is dropped at the end. Raises `Unavailable` where it can't be had."""
    url = await server.make(name)
    try:
        async with connected(url) as pool:
            bench = Bench(server, url, pool, Tree(name, UUID(int=0)), UUID(int=0))
            await _load(bench, DATA[name](most))
            yield bench
    finally:
        await server.drop(name)


async def _load(bench: Bench, lines: Iterator[NodeLine]) -> None:
    command = CreateStructure(bench.tree.title, bench.tree.title)
    bench.structure, _ = await bench.do(lambda work, _: create_structure(work, command, None))
    await bench.execute("UPDATE structure SET is_public = true")  # reads are measured without a token, too
    [made] = await structures.by_id(bench.pool.pool, [bench.structure])
    bench.tree = Tree(bench.tree.title, made.root_id)
    began, taken = time.monotonic(), 0
    watched = bench.tree.watched(lines)
    while batch := list(islice(watched, BATCH)):
        await _ingest(bench, made.root_id, batch)
        taken += len(batch)
        if taken % TOLD_EVERY == 0:
            bench.say(f"{taken:,} nodes loaded, {taken / (time.monotonic() - began):,.0f} a second")
    await settled(bench, *TABLES)
    say(f"{bench.tree.title}: {bench.tree.shape()}")


async def _ingest(bench: Bench, root: UUID, batch: list[NodeLine]) -> None:
    done, _ = await bench.do(lambda work, _: ingest(work, root, batch))
    assert done.created == len(batch), done.bad[:3]


async def settled(bench: Bench, *tables: str) -> None:
    """What autovacuum would do in time, done now: no form is measured before the other's clean-up."""
    for table in tables:
        await bench.execute(f"VACUUM (ANALYZE) {table}")
