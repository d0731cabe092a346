"""`python -m benchmarks.search [PART ...]`: measures parts of search and writes docs/benchmarks-search.md."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path

from mediaclay_kernel.settings import Settings, load
from mediaclay_structure.samples import NCBI, SAMPLES, WORDNET

from benchmarks import page, server
from benchmarks.rows import Row, amount, seconds
from benchmarks.search import changes, meaning, postgres, relevance, request, words
from benchmarks.search.world import world

PAGE = Path(page.PAGE).with_name("benchmarks-search.md")
PARTS = ("words", "meaning", "relevance", "changes")


def main() -> None:
    """Each part stands for itself, so that none takes long."""
    given = _arguments()
    for part in given.parts or PARTS:
        load_before = os.getloadavg()[0]
        rows = asyncio.run(_words(given) if part == "words" else _PARTS[part]())
        said = f"Load of the machine when it began: {load_before:.1f}, at its end: {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores."
        body = f"{page.table(rows)}\n\n{said}"
        print(f"{part}\n{body}\n", flush=True)
        if not given.dry:
            page.write(part if given.corpus == WORDNET.slug else f"{part} on {given.corpus}", body, PAGE)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all unless said")
    parser.add_argument("--corpus", choices=(WORDNET.slug, NCBI.slug), default=WORDNET.slug, help="for words alone")
    parser.add_argument("--nodes", type=int, help="the most nodes of the corpus")
    parser.add_argument("--dry", action="store_true", help="print the tables and leave the page as it is")
    given = parser.parse_args()
    if wrong := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {min(wrong)}: {', '.join(PARTS)}")
    if given.corpus != WORDNET.slug and given.parts != ["words"]:
        parser.error("only words are measured on another corpus than WordNet")
    return given


async def _words(given: argparse.Namespace) -> list[Row]:
    found = world(load(Settings).home, sample=SAMPLES[given.corpus], most=given.nodes)
    with tempfile.TemporaryDirectory() as folder, server.running() as started:
        async with words.indexed(Path(folder), found) as (engine, took), postgres.filled(started, found) as peer:
            size = (await engine.size()).bytes / len(found.nodes) * 100_000
            rows = [*await words.measured(peer, engine, found), *await words.found(peer, engine, found)]
            rows.append(await words.write_to_visible(engine, found))
            rate = f"{len(found.nodes):,} made in {seconds(took)}, {len(found.nodes) / took:,.0f} a second"
            rows.append(Row("index per 100,000 nodes", amount(size), note=rate))
        return [*rows, *await request.measured(Path(folder), found)]


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


_PARTS = {"meaning": _meaning, "relevance": _relevance, "changes": _changes}

if __name__ == "__main__":
    main()
