"""`clay export`: a branch as a file, in document order, in constant memory."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, Protocol
from uuid import UUID

import typer
from mediaclay_kernel.errors import BadUserInput
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mediaclay_structure.commands.importing import Format
from mediaclay_structure.commands.operator import opened
from mediaclay_structure.formats import csv_paths, ndjson
from mediaclay_structure.records import BranchLabel, NodeRecord
from mediaclay_structure.store import nodes, walking

AT_ONCE = 2_000

console = Console(stderr=True)


class _Writer(Protocol):
    def head(self) -> bytes: ...

    def line(self, node: NodeRecord) -> bytes: ...


class _Ndjson:
    """Every node with its id and its parent's; what hangs on the exported top itself names no parent."""

    def __init__(self, top: UUID) -> None:
        self._top = top

    def head(self) -> bytes:
        return b""

    def line(self, node: NodeRecord) -> bytes:
        parent = None if node.parent_id == self._top else node.parent_id
        return ndjson.write({**node._asdict(), "parent": parent})


class _Csv:
    """Every node by its path below the top, kept as one slug for each level above."""

    def __init__(self, top: BranchLabel) -> None:
        self._writer = csv_paths.Writer()
        self._line: list[tuple[UUID, str]] = [(top.id, "")]

    def head(self) -> bytes:
        return self._writer.header()

    def line(self, node: NodeRecord) -> bytes:
        while self._line[-1][0] != node.parent_id:
            self._line.pop()
        path = f"{self._line[-1][1]}/{node.slug}"
        self._line.append((node.id, path))
        return self._writer.row({**node._asdict(), "path": path})


def export_branch(
    structure: Annotated[str, typer.Argument(help="The slug of the structure.")],
    under: Annotated[str, typer.Option(help="The path of the branch; what lies below it is exported.")] = "/",
    out: Annotated[str, typer.Option(help="The file to write, or - for standard output.")] = "-",
    form: Annotated[Format | None, typer.Option("--format", help="By the file's ending unless said.")] = None,
) -> None:
    """Export a branch as NDJSON (nothing is lost) or as CSV of paths (ids are not written).

    The branch is read as it was at one moment, in document order, so that `clay import` takes it as it is.
    """
    guessed = Format.CSV if out.endswith(".csv") else Format.NDJSON
    with _target(out) as target:
        asyncio.run(_export(structure, under, form or guessed, target))


@contextmanager
def _target(out: str) -> Generator[BinaryIO]:
    """Where to write. A file takes its name when it is whole."""
    if out == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = Path(f"{out}.part")
    try:
        with part.open("wb") as opened_file:
            yield opened_file
    except OSError as error:
        raise BadUserInput(f"{out} can't be written: {error.strerror}.") from error
    part.replace(out)


async def _export(structure: str, under: str, form: Format, target: BinaryIO) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(structure)
        count = 0
        async for written in _lines(structure, under, form, target):
            count += written
            progress.update(task, description=f"{structure}: {count:,} nodes")


async def _lines(structure: str, under: str, form: Format, target: BinaryIO) -> AsyncIterator[int]:
    """Writes some nodes at a time; tells how many those were."""
    async with opened() as state, state.database.transaction("repeatable_read", readonly=True) as db:
        top = await nodes.by_path(db, structure, [slug for slug in under.split("/") if slug])
        if top is None:
            raise BadUserInput(f"There is no node {under} in a structure {structure}.")
        label = (await nodes.labels(db, [top.id]))[top.id]
        writer: _Writer = _Csv(label) if form is Format.CSV else _Ndjson(top.id)
        target.write(writer.head())
        async for found in walking.whole(db, label, AT_ONCE):
            target.write(b"".join(writer.line(node) for node in found))
            yield len(found)
