"""The commands that installed subgraphs add to `clay`, looked for only when one of ours does not match."""

from __future__ import annotations

from functools import cache
from typing import Any

import typer
from mediaclay_kernel.errors import BadUserInput, ClayError
from typer.core import TyperGroup

PANEL = "From the installed subgraphs"


@cache
def added() -> dict[str, Any]:
    """Every added command by its name. Raises `BadUserInput` for two of one name."""
    from mediaclay_kernel.subgraph import discover, resolve

    found: dict[str, Any] = {}
    for name, subgraph in discover().items():
        if subgraph.commands is None:
            continue
        for command, value in _commands(resolve(subgraph.commands), name).items():
            if command in found:
                raise BadUserInput(f"Two subgraphs add a command {command}; the second is {name}.")
            found[command] = value
    return found


def has_command(name: str) -> bool:
    """Whether a subgraph adds the command."""
    return name in added()


def _commands(app: Any, name: str) -> dict[str, Any]:
    if not isinstance(app, typer.Typer):
        raise BadUserInput(f"The commands of the subgraph {name} are not a Typer app.")
    command = typer.main.get_command(app)
    found: dict[str, Any] = {**command.commands} if isinstance(command, TyperGroup) else {str(command.name): command}
    for each in found.values():
        each.rich_help_panel = each.rich_help_panel or PANEL
    return found


class Commands(TyperGroup):
    """Our commands first; then those of the subgraphs."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, ours first; ours alone, and why, where an installed subgraph is broken."""
        try:
            return [*self.commands, *(name for name in added() if name not in self.commands)]
        except ClayError as error:
            typer.echo(f"clay: {error.message}", err=True)
            return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, if there is one."""
        return self.commands.get(cmd_name) or added().get(cmd_name)
