"""`clay search rebuild`."""

from __future__ import annotations

import time

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mediaclay_search.commands.service import ask, token

LOOK = 0.3
RENEW = 200.0
"""Seconds after which a token is old."""


def rebuild() -> None:
    """Build the search index anew from the trees. The old one answers until the new one takes its place.

    Cut off, the command or the subgraph, it goes on by itself when the subgraph runs.
    """
    ours, since = token(), time.monotonic()
    before = ask("GET", "/v1/search/status", ours)["rebuild"]["done"]
    found = ask("POST", "/v1/search/rebuild", ours)
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("changes", total=None)
        while found["rebuild"]["done"] == before:
            time.sleep(LOOK)
            if time.monotonic() - since > RENEW:
                ours, since = token(), time.monotonic()
            found = ask("GET", "/v1/search/status", ours)
            progress.update(task, completed=found["rebuild"]["read"], total=found["rebuild"]["total"] or None)
    typer.echo(f"The index is new: {found['documents']:,} documents.")
