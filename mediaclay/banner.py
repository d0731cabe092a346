"""What stands on the screen once everything runs."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mediaclay.instance import Instance

EXAMPLE = """\
{
  search(query: "music", mode: KEYWORD, first: 3) {
    totalCount
    nodes {
      highlights { field text }
      node {
        name
        ancestors { name }
        children(first: 3) { nodes { name } }
        createdBy { name }
      }
    }
  }
}"""


def show(console: Console, instance: Instance, public: bool, seconds: float) -> None:
    """Prints the banner: addresses, where the data lies, how to get a token, a query to paste."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold")
    rows.add_column(overflow="fold")
    for name, value in facts(instance, public).items():
        rows.add_row(name, value)
    head = Text(f"Everything runs, after {seconds:.1f} s. Ctrl-C stops it.", "bold green")
    console.print(Panel(Group(head, Text(), rows), title="MediaClay", expand=False, padding=(1, 2)), highlight=False)
    # Outside of the frame, so that it can be copied as it is.
    console.print(Text("A query to paste there:\n", "bold"), Text(EXAMPLE), Text(), sep="\n", highlight=False)


def facts(instance: Instance, public: bool) -> dict[str, str]:
    """The lines of the banner."""
    reading = "public: anyone who reaches the address reads without a token" if public else "needs a token"
    return {
        "GraphQL": f"{instance.runner.graphql_address} (in a browser: GraphiQL)",
        "Subgraphs": "\n".join(f"{name} {member.base}" for name, member in instance.members.items()),
        "Reading": f"{reading} (CLAY_PUBLIC_READ)",
        "Writing": f'needs a token: run `{clay()} token` in another terminal, send it as "Authorization: Bearer TOKEN"',
        "Data": f"{instance.home} (CLAY_HOME); logs below {instance.home / 'logs'}",
        "Look after it": f"`{clay()} doctor` checks everything, `{clay()} --help` shows the rest",
    }


def clay() -> str:
    """The command as it can be typed here: `.venv/bin/clay` where that is not on the path."""
    script = Path(sys.executable).with_name("clay")
    if not script.exists() or shutil.which("clay"):
        return "clay"
    return os.path.relpath(script) if script.is_relative_to(Path.cwd()) else str(script)
