"""The supergraph: every installed subgraph's SDL, written down and composed by the router's own script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.subgraph import Subgraph, resolve

import mediaclay
from mediaclay.embedded import node
from mediaclay.errors import ServerMissing
from mediaclay.instance import Member

FEDERATION = "=2.9.0"


def sdl(subgraph: Subgraph) -> str:
    """The schema of a subgraph as its `_service { sdl }` answers it, ending in one newline."""
    answer = resolve(subgraph.schema).execute_sync("{ _service { sdl } }")
    if answer.errors:
        raise ClayError(f"The schema of {subgraph.name} can't be printed: {answer.errors[0].message}")
    return str(answer.data["_service"]["sdl"]).strip() + "\n"


def router_folder() -> Path:
    """Where the router's scripts lie. Raises `ServerMissing` where they or their packages are not installed."""
    folder = Path(mediaclay.__path__[0]).parent / "router"
    if not (folder / "gateway.mjs").exists():
        raise ServerMissing(f"The router is not at {folder}: run `clay` from a checkout of MediaClay.")
    if not (folder / "node_modules").exists():
        raise ServerMissing(f"The router's packages are not installed: run `make setup`, or `npm ci` in {folder}.")
    return folder


def write_configuration(members: Mapping[str, Member], home: Path) -> Path:
    """Writes the SDL of each installed subgraph and a `supergraph.yaml` that names them; answers the latter."""
    schemas = home / "schemas"
    schemas.mkdir(parents=True, exist_ok=True)
    for name, member in members.items():
        (schemas / f"{name}.graphql").write_text(sdl(member.subgraph))
    return _written(members, {name: {"file": f"schemas/{name}.graphql"} for name in members}, home)


def write_running_configuration(members: Mapping[str, Member], home: Path) -> Path:
    """The same for subgraphs that run, and are asked for their SDL: much quicker, since none need be imported here."""
    return _written(members, {name: {"subgraph_url": f"{each.base}/graphql"} for name, each in members.items()}, home)


def _written(members: Mapping[str, Member], schemas: Mapping[str, Mapping[str, str]], home: Path) -> Path:
    entries = {
        name: {"routing_url": member.settings.graphql_url, "schema": dict(schemas[name])}
        for name, member in members.items()
    }
    path = home / "supergraph.yaml"
    path.write_text(yaml.safe_dump({"federation_version": FEDERATION, "subgraphs": entries}, sort_keys=False))
    return path


def command(configuration: Path, out: Path) -> list[str]:
    """The command line that composes. It ends with 1 where the subgraphs do not fit together, 2 for a bad file."""
    script = router_folder() / "compose.mjs"
    return [str(node.binary()), str(script), "--config", str(configuration), "--out", str(out)]
