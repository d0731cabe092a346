"""`clay export`: a branch as a file, in document order, as the running instance streams it."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from mediaclay_kernel.errors import BadUserInput, Internal
from mediaclay_kernel.ids import parse_id
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mediaclay_structure.commands.operator import token
from mediaclay_structure.commands.service import Service, address
from mediaclay_structure.formats import ndjson, registry
from mediaclay_structure.formats.line import BadLine, LinkLine, NodeLine

AT_ONCE = 1_000
"""Lines that are written at a time in another form."""
FORMS = ", ".join(form.name for form in registry.FORMS)
TOP = """query($s: String!, $p: String!) { nodeByPath(structure: $s, path: $p) { id } }"""

console = Console(stderr=True)


def export_branch(
    structure: Annotated[str, typer.Argument(help="The slug of the structure.")],
    under: Annotated[str, typer.Option(help="The path of the branch; what lies below it is exported.")] = "/",
    out: Annotated[str, typer.Option(help="The file to write, or - for standard output.")] = "-",
    form: Annotated[str | None, typer.Option("--format", help=f"{FORMS}; by the file's ending unless said.")] = None,
    as_principal: Annotated[str | None, typer.Option("--as", help="Id or name of who exports.")] = None,
) -> None:
    """Export a branch as NDJSON (nothing is lost), CSV of paths (ids and links are not written), SKOS or OPML.

    The branch is read as it was at one moment, in document order, so that `clay import` takes it as it is.
    """
    chosen = _form(out, form)
    service = Service(address(), token(as_principal))
    path = "/" + "/".join(slug for slug in under.split("/") if slug)
    top = service.ask(TOP, s=structure, p=path)["nodeByPath"]
    if top is None:
        raise BadUserInput(f"There is no node {under} in a structure {structure}.")
    with _target(out) as target, Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    ) as progress:  # fmt: skip
        task, count = progress.add_task(structure), 0
        for block, lines in _written(chosen, top["id"], service.branch(top["id"])):
            target.write(block)
            count += lines
            progress.update(task, description=f"{structure}: {count:,} lines")


def _form(out: str, form: str | None) -> registry.Form:
    if form is not None:
        return registry.named(form)
    try:
        return registry.by_ending(out)
    except BadUserInput:
        return registry.named("ndjson")


def _written(form: registry.Form, top: str, blocks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """The file, block by block, and how many lines of the branch each holds."""
    if form.name == "ndjson":
        for block in blocks:
            yield block, block.count(b"\n")
        return
    writer = form.writer(parse_id(top))
    yield writer.head(), 0
    lines = ndjson.read(blocks)
    while some := list(islice(lines, AT_ONCE)):
        yield b"".join(_line(writer, line) for line in some), len(some)
    yield writer.tail(), 0


def _line(writer: registry.Writer, line: NodeLine | LinkLine | BadLine) -> bytes:
    if isinstance(line, BadLine):
        raise Internal(f"Line {line.number} of the branch can't be read: {line.message}")
    return writer.line(line) if isinstance(line, NodeLine) else writer.link(line)


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
