"""The command line. Each command imports what it needs when it runs, so that `clay --help` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from mediaclay_kernel.errors import ClayError, Unavailable

from mediaclay.commands import compose, doctor, migrate, plugins, schema, serve, up
from mediaclay.errors import exit_code
from mediaclay.extensions import Commands

HELP = """
Run, check and fill a MediaClay instance.

`clay up` starts everything; the other commands work beside it, in another terminal, from the same folder.

Settings come from the environment, all named CLAY_*; docs/settings.md lists them. Most used: CLAY_HOME (where the data
lies, `.clay` unless said), CLAY_ROUTER_PORT (4000), CLAY_DATABASE_URL and CLAY_REDIS_URL (use servers of your own).

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 a port in use or a program missing.
"""

app = typer.Typer(
    name="clay", help=HELP, cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode="markdown", context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
for command in (up.up, serve.serve, migrate.migrate, compose.compose, schema.schema, plugins.plugins, doctor.doctor):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"clay {version('mediaclay')}")
        raise typer.Exit


@app.callback()
def prepare(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)] = False,
) -> None:  # fmt: skip
    """Runs before each command, but for `clay up` in the environment of the one that runs."""
    if context.invoked_subcommand not in (None, "up") and not {"--help", "-h"} & {*sys.argv}:
        from mediaclay import environment

        environment.complete()


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs `clay` and ends the process. What is wrong is said in one sentence on standard error."""
    try:
        run: Any = app
        run(args=list(arguments) if arguments is not None else None, prog_name="clay")
    except ClayError as error:
        if os.environ.get("CLAY_LOG_LEVEL", "").lower() == "debug":
            raise
        sys.stderr.write(f"clay: {error.message}{_hint(error)}\n")
        sys.exit(exit_code(error))


def _hint(error: ClayError) -> str:
    if not isinstance(error, Unavailable):
        return ""
    from mediaclay.lock import held
    from mediaclay.settings import home_of

    return "" if held(home_of()) else f" Nothing runs on {home_of()}: `clay up` starts it."
