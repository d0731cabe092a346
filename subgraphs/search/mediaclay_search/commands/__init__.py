"""What search adds to `clay`: `clay search status` and `clay search rebuild`."""

from __future__ import annotations

import typer

from mediaclay_search.commands.rebuilding import rebuild
from mediaclay_search.commands.status import status

app = typer.Typer()
_search = typer.Typer(help="Look at the search index, and build it anew.")
_search.command("status")(status)
_search.command("rebuild")(rebuild)
app.add_typer(_search, name="search")

__all__ = ["app"]
