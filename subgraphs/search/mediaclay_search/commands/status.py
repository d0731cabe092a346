"""`clay search status`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from mediaclay_search.commands.service import ask, token

MEGABYTE = 1_000_000


def status(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False) -> None:
    """How large the search index is, how far it is behind the trees, and how many texts wait to be embedded."""
    found = ask("GET", "/v1/search/status", token())
    typer.echo(json.dumps(found) if as_json else "\n".join(lines(found)))


def lines(found: dict[str, Any]) -> list[str]:
    """The status in plain words."""
    told = [
        f"documents  {found['documents']:,} of {found['structures']:,} structures, {found['bytes'] / MEGABYTE:,.1f} MB",
        f"lag        {found['lag']:,} changes",
    ]
    rebuild = found["rebuild"]
    if rebuild["running"]:
        told.append(f"rebuild    {rebuild['read']:,} of {rebuild['total']:,} changes")
    meaning = found["meaning"]
    if meaning is None:
        return [*told, "meaning    switched off"]
    return [
        *told,
        f"vectors    {meaning['vectors']:,} by {meaning['embedder']}, {meaning['bytes'] / MEGABYTE:,.1f} MB in memory",
        f"waiting    {meaning['waiting']:,} texts, {meaning['failures']:,} failures",
    ]
