"""`clay migrate`."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def migrate(
    check: Annotated[bool, typer.Option("--check", help="Apply nothing; exit with 1 if something is missing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Bring the database schema of every installed subgraph up to date.

    Migrations are numbered .sql files and go forward only, each in its own transaction, under one lock: several at
    once are safe. Needs CLAY_DATABASE_URL, or a `clay up` on the same CLAY_HOME.
    """
    import asyncio
    import json

    from mediaclay import instance
    from mediaclay.migrating import database_url, each

    read = instance.read()
    found: dict[str, list[str]] = asyncio.run(each(read, database_url(read), apply=not check))
    if as_json:
        typer.echo(json.dumps({"pending" if check else "applied": found}))
    else:
        _show(found, "missing" if check else "applied")
    if check and any(found.values()):
        raise typer.Exit(1)


def _show(found: dict[str, Any], word: str) -> None:
    for name, migrations in found.items():
        typer.echo(f"{name}: {word} {', '.join(migrations)}" if migrations else f"{name}: up to date")
