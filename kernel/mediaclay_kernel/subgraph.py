"""What a subgraph says of itself. A package becomes part of the supergraph by an entry point `mediaclay.subgraphs`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol

import httpx

from mediaclay_kernel.access import Access
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.settings import Settings, SubgraphSettings, names, prefix_of, unknown
from mediaclay_kernel.tokens import ServiceTokens, Verifier
from mediaclay_kernel.tokens.standing import Standing
from mediaclay_kernel.watching import Watch

GROUP = "mediaclay.subgraphs"


class State(Protocol):
    """What a running subgraph holds: its pools, its indexes, its consumers."""

    async def ready(self) -> None:
        """Raises `Unavailable` where a server that it needs does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class Start:
    """What a subgraph is given when it starts."""

    settings: Settings
    own: Any
    http: httpx.AsyncClient
    service_tokens: ServiceTokens
    verifier: Verifier
    watch: Watch[Standing]
    """What follows who may act; whoever keeps the standings itself sets its source before yielding its state."""
    access: Access
    """What callers may do in trees; whoever keeps the grants itself sets its source before yielding its state."""


Running = Callable[[Start], AbstractAsyncContextManager[State]]
Checks = Callable[[str], Awaitable[Iterable[tuple[str, str, str]]]]
"""Given the address of the running subgraph, without a path: what was looked at, what was found, and what to do about it,
blank where that is no problem. Raises `Unavailable` where it can't be asked."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A subgraph's parts, named as "package.module:attribute" and imported when they are needed.

    `schema` is a `mediaclay_kernel.federation.Schema`; `running` an async context manager that takes a `Start` and
    yields the subgraph's `State`; `settings` a subclass of `SubgraphSettings`; `routes` a list of Starlette routes
    beside /graphql; `migrations` a package of numbered .sql files; `commands` a Typer app for the `clay` command;
    `checks` a `Checks` for `clay doctor`.
    """

    name: str
    description: str
    port: int
    schema: str
    running: str
    settings: str | None = None
    routes: str | None = None
    migrations: str | None = None
    commands: str | None = None
    checks: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings that hold the base address of a subgraph, this or another one, by that subgraph's name: whoever starts
    them on ports of their own can fill them in."""
    order: int = field(default=100)
    """Where it stands in lists; lower is earlier."""

    @property
    def database_schema(self) -> str:
        """Its own schema in the database."""
        return self.name.replace("-", "_")

    def settings_class(self) -> type[SubgraphSettings]:
        """The class of its settings: its own, or the common ones with its prefix and port."""
        if self.settings is not None:
            return resolve(self.settings)
        return settings_of(self.name, self.port)


def settings_of(name: str, port: int) -> type[SubgraphSettings]:
    """The common settings of a subgraph that has none of its own."""
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__annotations__": {"port": int},
        "port": port,
        "model_config": {"env_prefix": prefix_of(name), "extra": "ignore", "frozen": True},
    }
    return type(f"{name.title()}Settings", (SubgraphSettings,), namespace)


def resolve(reference: str) -> Any:
    """What "package.module:attribute" names. Raises `BadUserInput` where there is no such thing."""
    module, _, attribute = reference.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise BadUserInput(f"{reference} can't be imported: {error}") from error


def discover() -> Mapping[str, Subgraph]:
    """Every installed subgraph by its name. Raises `BadUserInput` for two of one name or an entry point that is none."""
    found: dict[str, Subgraph] = {}
    values: dict[str, str] = {}
    for entry in entry_points(group=GROUP):
        try:
            subgraph = entry.load()
        except Exception as error:  # what a package of somebody else raises at its import may be anything
            raise BadUserInput(f"The subgraph {entry.name} ({entry.value}) can't be imported: {error}") from error
        if not isinstance(subgraph, Subgraph) or subgraph.name != entry.name:
            raise BadUserInput(f"The entry point {entry.name} ({entry.value}) is not a Subgraph of that name.")
        if entry.name in found:
            raise BadUserInput(
                f"Two installed packages bring a subgraph {entry.name}: {values[entry.name]} and {entry.value}."
            )
        found[entry.name], values[entry.name] = subgraph, entry.value
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def refuse_unknown(subgraphs: Iterable[Subgraph], others: Iterable[str] = ()) -> None:
    """Raises `BadUserInput` where the environment has a CLAY_* variable that nobody reads."""
    known = [*names(Settings), *others]
    for subgraph in subgraphs:
        known += names(subgraph.settings_class())
    if wrong := unknown(known):
        raise BadUserInput(" ".join(wrong))
