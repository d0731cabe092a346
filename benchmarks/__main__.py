"""`python -m benchmarks`: runs the parts that were chosen, prints their tables, and writes them into the page."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import traceback
from collections.abc import Sequence

from mediaclay_kernel.errors import ClayError

from benchmarks import page, server
from benchmarks.parts import DATA_OF, PARTS
from benchmarks.rows import Row
from benchmarks.structure.bench import Bench, say
from benchmarks.structure.data.loading import loaded


def main() -> int:
    """0 where every part ran and every goal was reached, 1 where not."""
    chosen = _arguments()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # or its server's data would stay behind
    with server.running() as started:
        if not chosen.dry:
            page.write("facts", server.facts())
        return asyncio.run(_all(started, chosen))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        metavar="PART",
        help=f"of {', '.join(PARTS)}; all but concurrency unless said",
    )
    parser.add_argument("--data", nargs="+", choices=("synthetic", "ncbi"), help="which trees; both unless said")
    parser.add_argument("--nodes", type=int, help="the most nodes of a tree; such a run is a try and writes no page")
    parser.add_argument("--rounds", type=int, default=7, help="how often the compared forms take turns")
    parser.add_argument(
        "--seconds", type=float, default=20, help="how long each form is loaded that is measured for a time"
    )
    parser.add_argument("--dry", action="store_true", help="print the tables and leave docs/benchmarks.md as it is")
    chosen = parser.parse_args()
    chosen.only = chosen.only or [part for part in PARTS if part != "concurrency"]
    chosen.dry = chosen.dry or chosen.nodes is not None
    return chosen


async def _all(started: server.Server, chosen: argparse.Namespace) -> int:
    wrong = 0
    for data in ("none", "synthetic", "ncbi"):
        parts = [part for part in PARTS if part in chosen.only and data in DATA_OF[part]]
        if parts and data in (chosen.data or (data,)):
            wrong += await _on(started, data, parts, chosen)
    return min(wrong, 1)


async def _on(started: server.Server, data: str, parts: Sequence[str], chosen: argparse.Namespace) -> int:
    try:
        async with loaded(started, data, chosen.nodes) as bench:
            bench.rounds, bench.seconds = chosen.rounds, chosen.seconds
            return sum([await _part(bench, part, data, dry=chosen.dry) for part in parts])
    except (ClayError, OSError) as error:
        say(f"{data} is left out: {error}")
        return len(parts)


async def _part(bench: Bench, part: str, data: str, *, dry: bool) -> int:
    """One part; what goes wrong in it costs its own table and no other."""
    bench.say(part)
    bench.remarks.clear()
    try:
        rows = await PARTS[part]().run(bench)
    except Exception:  # noqa: BLE001 - hours of other results hang on it
        traceback.print_exc()
        return 1
    body = _body(bench, rows)
    print(f"\n{part} on {data}\n\n{body}\n", flush=True)
    if not dry:
        page.write(f"{part} on {data}", body)
    return sum(row.reached is False for row in rows)


def _body(bench: Bench, rows: Sequence[Row]) -> str:
    on = [f"On {bench.tree.title}: {bench.tree.shape()}."] if len(bench.tree) > 1 else []
    return "\n\n".join([*on, page.table(rows), *bench.remarks])


if __name__ == "__main__":
    raise SystemExit(main())
