"""`clay import`: nodes from a file or a sample, in batches, so that a run that was cut off goes on when repeated."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.settings import Settings, load
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mediaclay_structure.commands.operator import opened, operator
from mediaclay_structure.formats import csv_paths, ndjson
from mediaclay_structure.formats.line import BadLine, LinkLine, NodeLine
from mediaclay_structure.operations.commands import CreateStructure
from mediaclay_structure.operations.create_structure import create_structure
from mediaclay_structure.operations.ingest import Ingested, ingest
from mediaclay_structure.samples import SAMPLES, Sample, sample
from mediaclay_structure.state import State
from mediaclay_structure.store import nodes, structures
from mediaclay_structure.transactions import run

BATCH = 5_000
SHOWN = 20
"""How many bad lines are printed; the rest is counted."""

console = Console(stderr=True)


class Format(StrEnum):
    """The form of a file."""

    NDJSON = "ndjson"
    CSV = "csv"


@dataclass(slots=True)
class Report:
    """What became of an import."""

    structure: str
    created: int = 0
    present: int = 0
    bad: int = 0
    seconds: float = 0.0
    first_bad: list[BadLine] = field(default_factory=list[BadLine])

    def add(self, batch: Ingested) -> None:
        """Counts a batch."""
        self.created += batch.created
        self.present += batch.present
        self.refuse(batch.bad)

    def refuse(self, lines: Iterable[BadLine]) -> None:
        """Counts lines that were not taken."""
        for line in lines:
            self.bad += 1
            if len(self.first_bad) < SHOWN:
                self.first_bad.append(line)

    @property
    def rate(self) -> float:
        """Nodes a second, those that were there already among them."""
        return (self.created + self.present) / max(self.seconds, 1e-9)


def import_nodes(
    file: Annotated[str | None, typer.Argument(help="A file, or - for standard input.")] = None,
    structure: Annotated[str | None, typer.Option(help="The slug of the structure; made if it is not there.")] = None,
    under: Annotated[str, typer.Option(help="The path of the node to import below.")] = "/",
    form: Annotated[Format | None, typer.Option("--format", help="By the file's ending unless said.")] = None,
    sample_name: Annotated[str | None, typer.Option("--sample", help=f"A data set: {', '.join(SAMPLES)}.")] = None,
    as_principal: Annotated[str | None, typer.Option("--as", help="Id or name of who imports.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Import nodes from NDJSON, from CSV of paths, or from a sample.

    Parents come before their children. What is there already is passed over, so an import that was cut off is
    continued by running it again. Exit code 1 where a line could not be taken; the others were.
    """
    source = _source(file, structure, form, sample_name)
    report = asyncio.run(_run(source, under, operator(as_principal)))
    _show(report, as_json=as_json)
    raise typer.Exit(1 if report.bad else 0)


@dataclass(frozen=True, slots=True)
class _Source:
    structure: str
    title: str
    total: int | None
    file: Path | None
    form: Format
    sample: Sample | None = None

    def lines(self, progress: Any) -> Iterator[NodeLine | BadLine]:
        if self.sample is not None:
            yield from self.sample.lines(load(Settings).home, progress)
            return
        read = ndjson.read if self.form is Format.NDJSON else csv_paths.read
        if self.file is None:
            yield from map(_without_links, read(sys.stdin.buffer))
        else:
            with self.file.open("rb") as opened_file:
                yield from map(_without_links, read(opened_file))


def _source(file: str | None, structure: str | None, form: Format | None, name: str | None) -> _Source:
    if name is not None:
        if file is not None:
            raise BadUserInput("Give a file or --sample, not both.")
        chosen = sample(name)
        return _Source(structure or chosen.slug, chosen.title, chosen.nodes, None, Format.NDJSON, chosen)
    if file is None or structure is None:
        raise BadUserInput("Give a file and --structure, or --sample; see `clay import --help`.")
    place = None if file == "-" else Path(file)
    if place is not None and not place.is_file():
        raise BadUserInput(f"There is no file {file}.")
    guessed = Format.CSV if place is not None and place.suffix == ".csv" else Format.NDJSON
    return _Source(structure, structure, None, place, form or guessed)


async def _run(source: _Source, under: str, principal: Principal) -> Report:
    report = Report(source.structure)
    async with opened() as state:
        top = await _top(state, source, under, principal)
        began = time.monotonic()
        with _progress() as progress:
            task = progress.add_task(source.title, total=source.total)

            def tell(doing: str, amount: int) -> None:
                progress.update(task, description=f"{source.title}: {doing}")

            async for some in _ahead(source.lines(tell)):
                await _batch(state, principal, top, some, report)
                progress.update(task, completed=report.created + report.present + report.bad, description=source.title)
        report.seconds = time.monotonic() - began
    return report


async def _ahead(lines: Iterator[NodeLine | BadLine]) -> AsyncIterator[list[NodeLine | BadLine]]:
    """Batches of lines; the next one is read while the database is busy with the one before."""

    def read() -> list[NodeLine | BadLine]:
        return list(islice(lines, BATCH))

    following = asyncio.create_task(asyncio.to_thread(read))
    while some := await following:
        following = asyncio.create_task(asyncio.to_thread(read))
        yield some


def _without_links(line: NodeLine | LinkLine | BadLine) -> NodeLine | BadLine:
    if isinstance(line, LinkLine):
        return BadLine(line.number, "Links can't be imported yet.", BadUserInput.code)
    return line


async def _batch(state: State, principal: Principal, top: UUID, some: list[NodeLine | BadLine], report: Report) -> None:
    report.refuse(line for line in some if isinstance(line, BadLine))
    good = [line for line in some if isinstance(line, NodeLine)]
    if good:
        done, _ = await run(state.changelog, principal, lambda work, _: ingest(work, top, good))
        report.add(done)


async def _top(state: State, source: _Source, under: str, principal: Principal) -> UUID:
    found = await structures.by_slug(state.database.pool, [source.structure])
    if not found:
        command = CreateStructure(source.structure, source.title)
        made, _ = await run(state.changelog, principal, lambda work, _: create_structure(work, command))
        found = await structures.by_id(state.database.pool, [made])
    slugs = [slug for slug in under.split("/") if slug]
    node = await nodes.by_path(state.database.pool, found[0].slug, slugs)
    if node is None:
        raise BadUserInput(f"There is no node {under} in {source.structure}.")
    return node.id


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=False)


def _show(report: Report, *, as_json: bool) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for line in report.first_bad:
        console.print(f"line {line.number}: {line.message} ({line.code})", highlight=False, markup=False)
    if report.bad > SHOWN:
        console.print(f"... and {report.bad - SHOWN:,} more lines that were not taken")
    if as_json:
        said = {
            "structure": report.structure, "created": report.created, "present": report.present, "bad": report.bad,
            "seconds": round(report.seconds, 3), "peakMemoryMB": peak,
        }  # fmt: skip
        typer.echo(orjson.dumps(said).decode())
        return
    console.print(
        f"{report.structure}: {report.created:,} nodes created, {report.present:,} were there, {report.bad:,} lines "
        f"not taken, in {report.seconds:.1f} s ({report.rate:,.0f} nodes/s, {peak} MB at the peak)", highlight=False,
    )  # fmt: skip
