"""`python -m benchmarks.search [PART ...]`: measures parts of search on WordNet and writes docs/benchmarks-search.md."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from mediaclay_kernel.settings import Settings, load

from benchmarks import page, server
from benchmarks.rows import Row, amount, seconds
from benchmarks.search import changes, meaning, relevance, words
from benchmarks.search.world import world

PAGE = Path(page.PAGE).with_name("benchmarks-search.md")
PARTS = ("words", "meaning", "relevance", "changes")


def main() -> None:
    """Each part stands for itself, so that none takes long."""
    for part in sys.argv[1:] or PARTS:
        load_before = os.getloadavg()[0]
        rows = asyncio.run(_PARTS[part]())
        said = f"Load of the machine when it began: {load_before:.1f}, at its end: {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores."
        body = f"{page.table(rows)}\n\n{said}"
        print(f"{part}\n{body}\n", flush=True)
        page.write(part, body, PAGE)


async def _words() -> list[Row]:
    found = world(load(Settings).home)
    with tempfile.TemporaryDirectory() as folder, server.running() as started:
        async with words.indexed(Path(folder), found) as (engine, took):
            size = (await engine.size()).bytes / len(found.nodes) * 100_000
            rows = await words.measured(started, engine, found)
            rows.append(await words.write_to_visible(engine, found))
            rate = f"{len(found.nodes) / took:,.0f} documents a second"
            return [*rows, Row("index per 100,000 nodes", amount(size), note=f"made in {seconds(took)}, {rate}")]


async def _meaning() -> list[Row]:
    found = world(load(Settings).home)
    matrix, took = await asyncio.to_thread(meaning.matrix_of, found)
    rate = f"{len(found.nodes) / took:,.0f} texts a second"
    return [*meaning.neighbours(found, matrix), Row("vectors of all nodes made", seconds(took), note=rate)]


async def _relevance() -> list[Row]:
    found = world(load(Settings).home, without_gloss=True)
    matrix, _ = await asyncio.to_thread(meaning.matrix_of, found)
    with tempfile.TemporaryDirectory() as folder:
        async with words.indexed(Path(folder), found) as (engine, _):
            return await relevance.relevance(found, engine, matrix)


async def _changes() -> list[Row]:
    found = world(load(Settings).home)
    with tempfile.TemporaryDirectory() as folder:
        async with words.indexed(Path(folder), found) as (engine, _):
            return [changes.standing(found), *await changes.move(engine, found)]


_PARTS = {"words": _words, "meaning": _meaning, "relevance": _relevance, "changes": _changes}

if __name__ == "__main__":
    main()
