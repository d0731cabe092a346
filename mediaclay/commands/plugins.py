"""`clay plugins`."""

from __future__ import annotations

from typing import Annotated

import typer


def plugins(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False) -> None:
    """List the installed subgraphs.

    Any package with an entry point `mediaclay.subgraphs` is one; docs/adding-a-subgraph.md shows how to write it.
    """
    import json

    from mediaclay.instance import read
    from mediaclay.listing import rows, table

    found = rows(read())
    if as_json:
        typer.echo(json.dumps(found))
        return
    from rich.console import Console

    Console().print(table(found))
