"""`clay check`: whether every invariant of a structure holds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import BadUserInput, NotFound
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mediaclay_structure.commands.operator import opened
from mediaclay_structure.operations.check_structure import STEPS, Finding, Report, check_structure
from mediaclay_structure.store import checking

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class _Timed:
    report: Report
    seconds: float


def check(
    structure: Annotated[str | None, typer.Argument(help="The slug of the structure.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Check every structure.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Check every invariant of a structure, and name what is wrong.

    It is read as it was at one moment, beside whatever runs; nothing is changed. Exit code 1 where an invariant does
    not hold. What is crowded or too small is no error: the next change nearby mends it.
    """
    if everything == (structure is not None):
        raise BadUserInput("Give the slug of a structure, or --all.")
    checked = asyncio.run(_check(None if structure is None else [structure]))
    _show(checked, as_json=as_json)
    raise typer.Exit(1 if any(each.report.errors for each in checked) else 0)


async def _check(slugs: list[str] | None) -> list[_Timed]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    checked: list[_Timed] = []
    async with opened() as state:
        with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
            async with checking.snapshot(state.database) as db:
                asked = await checking.structures(db, slugs)
                if slugs is not None and not asked:
                    raise NotFound(f"There is no structure {slugs[0]!r}.")
                for each in asked:
                    task = progress.add_task(each.slug, total=STEPS)

                    def tell(looked_at: str, task: Any = task, slug: str = each.slug) -> None:
                        progress.update(task, advance=1, description=f"{slug}: {looked_at}")

                    began = time.monotonic()
                    report = await check_structure(db, each, tell)
                    progress.update(task, completed=STEPS, description=each.slug)
                    checked.append(_Timed(report, time.monotonic() - began))
    return checked


def _show(checked: list[_Timed], *, as_json: bool) -> None:
    if as_json:
        clean = not any(each.report.errors for each in checked)
        typer.echo(to_json({"clean": clean, "structures": [_said(each) for each in checked]}).decode())
        return
    for each in checked:
        _print(each)


def _said(timed: _Timed) -> dict[str, Any]:
    report = timed.report
    return {
        "structure": report.slug, "clean": not report.errors, **report.size, "seconds": round(timed.seconds, 3),
        "findings": [asdict(finding) for finding in report.findings],
    }  # fmt: skip


def _print(timed: _Timed) -> None:
    report = timed.report
    size = ", ".join(f"{amount:,} {what}" for what, amount in report.size.items() if what != "revision" and amount)
    verdict = typer.style("broken", fg="red") if report.errors else typer.style("clean ", fg="green")
    typer.echo(f"{verdict}  {report.slug}: {size}, revision {report.size['revision']}, in {timed.seconds:.1f} s")
    for finding in report.findings:
        _print_finding(finding)


def _print_finding(finding: Finding) -> None:
    mark = typer.style("error  ", fg="red") if finding.is_error else typer.style("warning", fg="yellow")
    typer.echo(f"  {mark}  {finding.invariant}: {finding.message} {finding.count:,} of them:")
    for example in finding.examples:
        where = " ".join(str(part) for part in (example.id, example.path) if part)
        typer.echo(f"           {where}{': ' if where else ''}{example.note}")
    if finding.count > len(finding.examples):
        typer.echo(f"           ... and {finding.count - len(finding.examples):,} more")
