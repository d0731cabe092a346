"""MediaClay, or its kernel alone, installed into clean environments, with a plugin or without."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugins.support.environment import Environment, build_wheel, link_dependencies
from tests.plugins.support.instance import Instance

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "kernel"
OURS = tuple(sorted(each.parent for each in (ROOT / "subgraphs").glob("*/pyproject.toml")))

Installed = Callable[..., Environment]


@pytest.fixture(scope="session")
def weather_folder() -> Path:
    return ROOT / "examples" / "clay-weather"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Makes a clean environment with the wheels of these source folders, each built once."""
    dependencies = tmp_path_factory.mktemp("dependencies")
    link_dependencies(dependencies)
    built: dict[Path, Path] = {}

    def make(*sources: Path) -> Environment:
        for source in sources:
            if source not in built:
                built[source] = build_wheel(source, tmp_path_factory.mktemp("wheel"))
        environment = Environment(tmp_path_factory.mktemp("environment"))
        environment.make(dependencies)
        environment.install(*(built[source] for source in sources))
        return environment

    return make


@pytest.fixture(scope="session")
def alone(installed: Installed, weather_folder: Path) -> Environment:
    """The kernel and clay-weather, and no other part of MediaClay."""
    return installed(KERNEL, weather_folder)


@pytest.fixture(scope="session")
def whole(installed: Installed, weather_folder: Path) -> Environment:
    """All of MediaClay and clay-weather. `clay` runs from its checkout, where the router lies."""
    environment = installed(KERNEL, *OURS, weather_folder)
    environment.install(ROOT, editable=True)
    return environment


@pytest.fixture(scope="session")
def empty(installed: Installed) -> Environment:
    """The kernel and `clay`, without any subgraph."""
    environment = installed(KERNEL)
    environment.install(ROOT, editable=True)
    return environment


@pytest.fixture
def house(empty: Environment, tmp_path: Path) -> Environment:
    """A copy of `empty`, ready for a plugin that is wrong."""
    return Environment(Path(shutil.copytree(empty.folder, tmp_path / "environment", symlinks=True)))


@pytest.fixture(scope="module")
def instance(whole: Environment) -> Iterator[Instance]:
    with Instance(whole, "weather", *(each.name for each in OURS)) as running:
        yield running
