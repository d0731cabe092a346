"""What structure adds to `clay`: import, export and check."""

from __future__ import annotations

import typer

from mediaclay_structure.commands.checking import check
from mediaclay_structure.commands.exporting import export_branch
from mediaclay_structure.commands.importing import import_nodes

app = typer.Typer()
app.command("import")(import_nodes)
app.command("export")(export_branch)
app.command("check")(check)

__all__ = ["app"]
