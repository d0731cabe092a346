"""`clay import`: nodes from a file or a sample, sent to the running instance, which takes them batch by batch."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import orjson
import typer
from mediaclay_kernel.errors import BadUserInput, Unavailable
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mediaclay_structure.commands.operator import token
from mediaclay_structure.commands.service import Service, address
from mediaclay_structure.commands.sources import Source, Tell
from mediaclay_structure.formats import registry
from mediaclay_structure.formats.line import BadLine
from mediaclay_structure.samples import SAMPLES, sample

SHOWN = 20
"""How many bad lines are printed; the rest is counted."""
FORMS = ", ".join(form.name for form in registry.FORMS)

console = Console(stderr=True)


@dataclass(slots=True)
class Report:
    """What became of an import."""

    structure: str
    created: int = 0
    present: int = 0
    linked: int = 0
    bad: int = 0
    seconds: float = 0.0
    first_bad: list[BadLine] = field(default_factory=list[BadLine])

    def refuse(self, line: BadLine) -> None:
        """Counts a line that was not taken."""
        self.bad += 1
        if len(self.first_bad) < SHOWN:
            self.first_bad.append(line)

    @property
    def lines(self) -> int:
        """How many lines something has become of."""
        return self.created + self.present + self.linked + self.bad

    @property
    def rate(self) -> float:
        """Lines a second, those of nodes that were there already among them."""
        return (self.created + self.present + self.linked) / max(self.seconds, 1e-9)


def import_nodes(
    file: Annotated[str | None, typer.Argument(help="A file, or - for standard input.")] = None,
    structure: Annotated[str | None, typer.Option(help="The slug of the structure; made if it is not there.")] = None,
    under: Annotated[str, typer.Option(help="The path of the node to import below.")] = "/",
    form: Annotated[str | None, typer.Option("--format", help=f"{FORMS}; by the file's ending unless said.")] = None,
    sample_name: Annotated[str | None, typer.Option("--sample", help=f"A data set: {', '.join(SAMPLES)}.")] = None,
    as_principal: Annotated[str | None, typer.Option("--as", help="Id or name of who imports.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Import nodes and links from NDJSON, CSV of paths, SKOS or OPML, or from a sample, into a running instance.

    Parents come before their children. What is there already is passed over, so an import that was cut off is
    continued by running it again. Exit code 1 where a line could not be taken; the others were.
    """
    source = _source(file, structure, form, sample_name)
    service = Service(address(), token(as_principal))
    report = _run(service, source, under)
    _show(report, as_json=as_json)
    raise typer.Exit(1 if report.bad else 0)


def _source(file: str | None, structure: str | None, form: str | None, name: str | None) -> Source:
    if name is not None:
        if file is not None:
            raise BadUserInput("Give a file or --sample, not both.")
        chosen = sample(name)
        return Source(structure or chosen.slug, chosen.title, chosen.nodes, sample=chosen)
    if file is None or structure is None:
        raise BadUserInput("Give a file and --structure, or --sample; see `clay import --help`.")
    if file == "-":
        return Source(structure, structure, form=registry.named(form or "ndjson"))
    if not Path(file).is_file():
        raise BadUserInput(f"There is no file {file}.")
    return Source(structure, structure, file=Path(file), form=_form(file, form))


def _form(file: str, form: str | None) -> registry.Form:
    """The form that was named, or that the ending tells; NDJSON where it tells none."""
    if form is not None:
        return registry.named(form)
    try:
        return registry.by_ending(file)
    except BadUserInput:
        return registry.named("ndjson")


def _run(service: Service, source: Source, under: str) -> Report:
    report = Report(source.structure)
    top = _top(service, source, under)
    began = time.monotonic()
    with _progress() as progress:
        task = progress.add_task(source.title, total=source.total)

        def tell(doing: str, _: int) -> None:
            progress.update(task, description=f"{source.title}: {doing}")

        _send(service, top, source, tell, report, lambda: progress.update(
            task, completed=report.lines, description=source.title))  # fmt: skip
    report.seconds = time.monotonic() - began
    return report


def _send(service: Service, top: str, source: Source, tell: Tell, report: Report, refresh: Tell) -> None:
    done = False
    for said in service.ingest(top, source.pieces(tell, report.refuse)):
        if "line" in said:
            report.refuse(BadLine(said["line"], said["message"], said["code"]))
        elif "batch" in said:
            report.created += said["created"]
            report.present += said["present"]
            report.linked += said["linked"]
            refresh()
        elif said["done"]:
            done = True
        else:
            raise Unavailable(f"{said['message']} {report.lines:,} lines are in; run it again to go on.")
    if not done:
        raise Unavailable("The structure subgraph broke off; run it again to go on.")


def _top(service: Service, source: Source, under: str) -> str:
    """The id of the node to import below. Raises `BadUserInput` where there is none."""
    query = "query($s: String!) { structure(slug: $s) { id isPublic } }"
    found = service.ask(query, s=source.structure)["structure"]
    if found is None:
        make = "mutation($s: String!, $n: String!) { createStructure(slug: $s, name: $n) { id isPublic } }"
        found = service.ask(make, s=source.structure, n=source.title)["createStructure"]
    if source.sample is not None and not found["isPublic"]:
        # A sample is there to be looked at.
        publish = "mutation($id: ID!) { setPublic(structure: $id, isPublic: true) { id } }"
        service.ask(publish, id=found["id"])
    path = "/" + "/".join(slug for slug in under.split("/") if slug)
    query = "query($s: String!, $p: String!) { nodeByPath(structure: $s, path: $p) { id } }"
    node = service.ask(query, s=source.structure, p=path)["nodeByPath"]
    if node is None:
        raise BadUserInput(f"There is no node {under} in {source.structure}.")
    return node["id"]


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
            "structure": report.structure, "created": report.created, "present": report.present,
            "linked": report.linked, "bad": report.bad, "seconds": round(report.seconds, 3), "peakMemoryMB": peak,
        }  # fmt: skip
        sys.stdout.write(orjson.dumps(said).decode() + "\n")
        return
    links = f", {report.linked:,} links made" if report.linked else ""
    console.print(
        f"{report.structure}: {report.created:,} nodes created{links}, {report.present:,} were there, {report.bad:,} "
        f"lines not taken, in {report.seconds:.1f} s ({report.rate:,.0f} lines/s, {peak} MB at the peak)",
        highlight=False,
    )
