"""The checked-in schema of a subgraph: what clients were promised."""

from __future__ import annotations

from difflib import unified_diff
from importlib.util import find_spec
from pathlib import Path

from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.subgraph import Subgraph

from mediaclay.composing import sdl


def golden_file(subgraph: Subgraph) -> Path:
    """`schema.graphql` beside its package. Raises `BadUserInput` where it is installed without its sources."""
    package = subgraph.schema.partition(".")[0].partition(":")[0]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadUserInput(f"{package}, the package of {subgraph.name}, is not installed.")
    folder = Path(next(iter(spec.submodule_search_locations))).parent
    if not (folder / "pyproject.toml").exists():
        raise BadUserInput(f"{subgraph.name} is not installed from a checkout, so it has no checked-in schema.")
    return folder / "schema.graphql"


def difference(subgraph: Subgraph) -> str:
    """How the schema differs from the checked-in one, as a unified diff; empty if it does not."""
    path = golden_file(subgraph)
    then = path.read_text() if path.exists() else ""
    lines = unified_diff(
        then.splitlines(),
        sdl(subgraph).splitlines(),
        f"{subgraph.name} checked in",
        f"{subgraph.name} now",
        lineterm="",
    )
    return "\n".join(lines)
