"""`python -m benchmarks.live`: measures subscriptions, prints the table and writes the page."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import sys
from pathlib import Path

from benchmarks import page
from benchmarks.live import fanout, idle, latency
from benchmarks.live.world import made
from benchmarks.structure.bench import say
from mediaclay.embedded import node, postgres, valkey

PAGE = Path(page.PAGE).with_name("benchmarks-live.md")
PARTS = {"latency": latency.run, "idle": idle.run, "fanout": fanout.run}


def main() -> int:
    """0 where every goal was reached, 1 where not."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # or its servers would stay behind
    missed = 0
    with made() as world:
        for name in given.only:
            rows = asyncio.run(PARTS[name](world))
            body = page.table(rows)
            print(f"\n{body}", flush=True)
            missed += sum(row.reached is False for row in rows)
            if not given.dry:
                page.write(name, body, PAGE)
    if not given.dry:
        page.write("facts", _facts(), PAGE)
    if missed:
        say(f"{missed} below their goals")
    return min(missed, 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--dry", action="store_true", help="print the tables and leave the page as it is")
    return parser.parse_args()


def _facts() -> str:
    return (
        f"{os.cpu_count()} cores; PostgreSQL {postgres.version()}, Valkey {valkey.version()}, Python "
        f"{platform.python_version()}, Node.js {node.version()}, all on this machine with the writers and the listeners."
    )


if __name__ == "__main__":
    raise SystemExit(main())
