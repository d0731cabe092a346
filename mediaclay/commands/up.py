"""`clay up`."""

from __future__ import annotations

from typing import Annotated

import typer


def up(
    sample: Annotated[bool, typer.Option(help="Load the shipped sample at the first start.")] = True,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the lines of all processes from the beginning.")
    ] = False,
) -> None:
    """Start everything in this terminal: PostgreSQL, Valkey, every installed subgraph and the router.

    Applies migrations, composes the supergraph, and loads a sample at the first start. A process that dies is started
    again. Ctrl-C stops all of it; the data is kept in CLAY_HOME. Where CLAY_DATABASE_URL or CLAY_REDIS_URL is set,
    that server is used and none is started. Exit code 3: a port in use, a program missing.
    """
    import asyncio

    from rich.console import Console

    from mediaclay import composing, instance, ports
    from mediaclay.leftovers import Register
    from mediaclay.lock import exclusive
    from mediaclay.starting import Start
    from mediaclay.supervisor import Supervisor
    from mediaclay.terminal import Terminal

    found = instance.read()
    composing.router_folder()
    with exclusive(found.home):
        terminal = Terminal(Console(), found.home / "logs", live=verbose)
        register = Register(found.home)
        if ended := register.end_leftovers():
            terminal.note(f"ended what a killed start had left behind: {', '.join(ended)}")
        ports.require_free(found.ports())
        asyncio.run(Start(found, Supervisor(terminal, register), sample).run())
        terminal.close()
