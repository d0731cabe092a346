"""`clay schema`."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    name: Annotated[str | None, typer.Argument(help="A subgraph; all of them unless said.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the checked-in schema.graphql.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the checked-in schema.graphql anew.")] = False,
) -> None:
    """Print the schema (SDL) of a subgraph, or compare it with the checked-in one.

    The checked-in file is `schema.graphql` beside the subgraph's package. With --check, the differences are printed
    and the exit code is 1.
    """
    from mediaclay_kernel.errors import BadUserInput

    from mediaclay.composing import sdl
    from mediaclay.golden import difference, golden_file
    from mediaclay.members import chosen

    if check and write:
        raise BadUserInput("--check and --write exclude each other.")
    wrong = False
    for subgraph in (member.subgraph for member in chosen(name)):
        if write:
            golden_file(subgraph).write_text(sdl(subgraph))
        elif check:
            text = difference(subgraph)
            wrong |= bool(text)
            typer.echo(text or f"{subgraph.name}: as checked in")
        else:
            typer.echo(sdl(subgraph), nl=False)
    if wrong:
        typer.echo("If the change is meant, `make schema` writes the files anew.", err=True)
        raise typer.Exit(1)
