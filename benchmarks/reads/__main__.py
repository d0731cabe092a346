"""`python -m benchmarks.reads`: measures reads over HTTP beside the peers, prints the tables and writes the page."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import uvloop

from benchmarks import page, server
from benchmarks.reads import packages, tables
from benchmarks.reads.cpu import Meter
from benchmarks.reads.forms import missing, serving
from benchmarks.reads.keys import chosen
from benchmarks.reads.measure import Plan, Result, agreed, measured
from benchmarks.reads.queries import QUERIES, Query
from benchmarks.structure.bench import Bench, say
from benchmarks.structure.data.loading import loaded
from mediaclay.embedded import node, postgres

PAGE = Path(page.PAGE).with_name("benchmarks-reads.md")
_PEERS = ("postgraphile", "mercurius", "@mercuriusjs/federation", "graphql-jit", "fastify", "pg", "graphql")
_OURS = ("strawberry-graphql", "graphql-core", "asyncpg", "uvicorn", "uvloop", "orjson")


def main() -> int:
    """0 where every floor was reached, 1 where not."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # or its server's data would stay behind
    packages.install()
    queries = [query for query in QUERIES if query.name in given.only]
    with server.running() as started, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        results, shape = runner.run(_all(started, queries, _plan(given)))
    said = {
        "facts of reads": _facts(shape, _plan(given)),
        "reads": tables.ratios(results),
        "rounds of reads": tables.rounds(results),
    }
    for name, body in said.items():
        print(f"\n{body}", flush=True)
        if not given.dry:
            page.write(name, body, PAGE)
    wrong = tables.missed(results)
    for sentence in wrong:
        say(f"below its floor: {sentence}")
    return min(len(wrong), 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reads", description=__doc__)
    names = [query.name for query in QUERIES]
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="QUERY", help=f"of {', '.join(names)}"
    )
    parser.add_argument("--rounds", type=int, default=7, help="how often the forms take turns")
    parser.add_argument("--seconds", type=float, default=4, help="how long each is loaded in a round")
    parser.add_argument("--warm", type=float, default=4, help="how long each is loaded before the first round")
    parser.add_argument("--connections", type=int, default=8, help="how many requests are under way at once")
    parser.add_argument("--dry", action="store_true", help="print the tables and leave the page as it is")
    return parser.parse_args()


def _plan(given: argparse.Namespace) -> Plan:
    return Plan(given.rounds, given.seconds, given.warm, given.connections)


async def _all(started: server.Server, queries: Sequence[Query], plan: Plan) -> tuple[list[Result], str]:
    async with loaded(started, "wordnet", None) as bench:
        keys = chosen(bench.tree)
        wanted = sorted({name for query in queries for name in query.forms})
        with ExitStack() as stack:
            forms = stack.enter_context(serving(started.home, bench.url, wanted))
            exchanges = {
                query.name: agreed(query, {name: forms[name] for name in query.forms}, keys[query.keys])
                for query in queries
            }
            say("all answer alike")
            return await measured(forms, exchanges, queries, _postgres(bench), plan), bench.tree.shape()


def _postgres(bench: Bench) -> Meter:
    noted = bench.server.home / "postgres" / "postmaster.pid"
    return Meter([int(noted.read_text().split("\n", 1)[0])])


def _facts(shape: str, plan: Plan) -> str:
    peers = ", ".join(f"{name} {number}" for name, number in packages.versions(_PEERS).items())
    ours = ", ".join(f"{name} {version(name)}" for name in _OURS)
    lacking = "".join(f" This service has no {name} yet." for name in missing())
    return (
        f"WordNet 3.1: {shape}. {os.cpu_count()} cores; PostgreSQL {postgres.version()}, Python "
        f"{platform.python_version()} ({ours}), Node.js {node.version()} ({peers}). {plan.connections} connections, "
        f"{plan.rounds} rounds of {plan.seconds:g} s for each.{lacking}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
