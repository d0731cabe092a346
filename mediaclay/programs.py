"""What `clay up` starts, as programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from mediaclay import composing
from mediaclay.embedded import node, postgres, valkey
from mediaclay.fetching import fetch
from mediaclay.instance import Instance, Member, reachable_host
from mediaclay.processes.program import Program


def embedded(instance: Instance) -> list[Program]:
    """The servers that no address in the environment replaces; makes their folders. Raises `ServerMissing`."""
    found: list[Program] = []
    if instance.embeds_postgres:
        found.append(postgres.program(instance.home, instance.runner.postgres_port))
    if instance.embeds_valkey:
        found.append(valkey.program(instance.home, instance.runner.valkey_port))
    return found


def clay(instance: Instance, name: str, *arguments: str) -> Program:
    """The command `clay ARGUMENTS` in a process of its own."""
    script = Path(sys.executable).with_name("clay")
    argv = (str(script), *arguments) if script.exists() else (sys.executable, "-m", "mediaclay", *arguments)
    return Program(name=name, argv=argv, environment=instance.environment())


def subgraph(instance: Instance, name: str, member: Member) -> Program:
    """`clay serve NAME`."""
    return replace(clay(instance, name, "serve", name), ready=answers(f"{member.base}/ready"))


def compose(instance: Instance) -> Program:
    """The composition of the subgraphs that run. Raises `ServerMissing`."""
    configuration = composing.write_running_configuration(instance.members, instance.home)
    return Program(name="compose", argv=tuple(composing.command(configuration, instance.supergraph)))


def router(instance: Instance) -> Program:
    """The router on the composed file. Raises `ServerMissing`."""
    folder = composing.router_folder()
    base = f"http://{reachable_host(instance.runner.router_host)}:{instance.runner.router_port}"
    return Program(
        name="router",
        argv=(str(node.binary()), str(folder / "gateway.mjs")),
        environment=instance.environment(),
        ready=answers(f"{base}/ready"),
    )


def answers(url: str) -> Callable[[int], bool]:
    """Whether `url` answers 200, for `Program.ready`."""

    def ready(_: int) -> bool:
        try:
            fetch(url)
        except (OSError, ValueError):
            return False
        return True

    return ready
