"""`clay serve`."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(name: Annotated[str, typer.Argument(help="A subgraph's name, as `clay plugins` lists it.")]) -> None:
    """Serve one subgraph until SIGTERM, at CLAY_NAME_HOST and CLAY_NAME_PORT.

    What `clay up` does for each; in production, a container runs one. Needs CLAY_DATABASE_URL and CLAY_REDIS_URL, or a
    `clay up` on the same CLAY_HOME.
    """
    from mediaclay_kernel import asgi
    from mediaclay_kernel.settings import load

    from mediaclay import instance, ports
    from mediaclay.members import named
    from mediaclay.processes.leash import end_with_input
    from mediaclay.settings import RunnerSettings

    member = named(name)
    ports.require_free([instance.port_of(member)])
    if load(RunnerSettings).exit_with_parent:
        end_with_input()
    asgi.serve(member.subgraph)
