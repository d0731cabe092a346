"""An instance on this machine: its folder, its settings, its subgraphs, and the environment of its processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mediaclay_kernel.settings import Settings, SubgraphSettings, load, prefix_of
from mediaclay_kernel.subgraph import Subgraph, discover, refuse_unknown

from mediaclay import secret_files
from mediaclay.embedded import postgres, valkey
from mediaclay.ports import Port
from mediaclay.settings import EXIT_WITH_PARENT, RunnerSettings, home_of, runner_names


@dataclass(frozen=True, slots=True)
class Member:
    """An installed subgraph with its settings."""

    subgraph: Subgraph
    settings: SubgraphSettings

    @property
    def base(self) -> str:
        """Where this machine reaches it."""
        return f"http://{reachable_host(self.settings.host)}:{self.settings.port}"


@dataclass(frozen=True, slots=True)
class Instance:
    """What the environment says, checked."""

    home: Path
    settings: Settings
    runner: RunnerSettings
    members: Mapping[str, Member]
    embeds_postgres: bool
    embeds_valkey: bool

    @property
    def supergraph(self) -> Path:
        """The composed file."""
        return (self.runner.supergraph or self.home / "supergraph.graphql").absolute()

    def ports(self) -> list[Port]:
        """Every port that `clay up` listens on."""
        found: list[Port] = []
        if self.embeds_postgres:
            found.append(postgres.listener(self.runner.postgres_port))
        if self.embeds_valkey:
            found.append(valkey.listener(self.runner.valkey_port))
        found += [port_of(member) for member in self.members.values()]
        found.append(Port(self.runner.router_port, "the router", "CLAY_ROUTER_PORT", self.runner.router_host))
        return found

    def environment(self) -> dict[str, str]:
        """What its processes are told: the caller's environment, completed with what it left open."""
        return {
            "CLAY_PUBLIC_READ": "true",
            "CLAY_SERVICE_SECRET": secret_files.obtain(self.home, secret_files.SERVICE),
            "CLAY_DATABASE_URL": postgres.url(self.home, self.runner.postgres_port),
            "CLAY_REDIS_URL": valkey.url(self.home, self.runner.valkey_port),
            **self._addresses(),
            **{name: value for name, value in os.environ.items() if not (name.startswith("CLAY_") and value == "")},
            "CLAY_HOME": str(self.home),
            "CLAY_SUPERGRAPH": str(self.supergraph),
            EXIT_WITH_PARENT: "1",
            "PYTHONUNBUFFERED": "1",
            # A proxy of the caller's does not know our own machine.
            "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"])),
        }  # fmt: skip

    def _addresses(self) -> dict[str, str]:
        """The settings by which its subgraphs find one another."""
        wanted = [pair for member in self.members.values() for pair in member.subgraph.addresses.items()]
        return {setting: self.members[name].base for setting, name in wanted if name in self.members}


def read() -> Instance:
    """The instance that the environment describes. Raises `BadUserInput` for settings that are unknown or do not fit."""
    subgraphs = discover()
    refuse_unknown(subgraphs.values(), runner_names())
    home, runner = home_of(), load(RunnerSettings)
    return Instance(
        home=home,
        settings=load(Settings),
        runner=runner,
        members={name: Member(each, load(each.settings_class())) for name, each in subgraphs.items()},
        embeds_postgres=os.environ.get("CLAY_DATABASE_URL")
        in (None, "", postgres.known_url(home, runner.postgres_port)),
        embeds_valkey=os.environ.get("CLAY_REDIS_URL") in (None, "", valkey.known_url(home, runner.valkey_port)),
    )


def port_of(member: Member) -> Port:
    """The port of a subgraph."""
    name = member.subgraph.name
    return Port(member.settings.port, f"the subgraph {name}", f"{prefix_of(name)}PORT", member.settings.host)


def reachable_host(host: str) -> str:
    """The host by which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
