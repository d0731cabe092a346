"""`clay compose`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compose(
    config: Annotated[
        Path | None, typer.Option(help="A supergraph.yaml, in rover's format; every installed subgraph unless said.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; CLAY_SUPERGRAPH unless said.")] = None,
) -> None:
    """Compose the supergraph that the router serves.

    Takes the schemas of the installed subgraphs, with the addresses that their settings give. A running router notices
    the new file and changes over without a failed request. Exit code 1: they do not fit together, and why.
    """
    import subprocess

    from mediaclay import composing, instance

    found = instance.read()
    configuration = config or composing.write_configuration(found.members, found.home)
    target = (out or found.supergraph).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(composing.command(configuration, target), check=False)  # noqa: S603
    raise typer.Exit(done.returncode)
