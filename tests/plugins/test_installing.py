"""A subgraph of somebody else is installed, and that is all that it takes."""

from __future__ import annotations

import json
import os

from tests.plugins.support.environment import Environment


def test_an_installed_package_is_a_subgraph(whole: Environment) -> None:
    done = whole.clay("plugins", "--json")
    assert done.returncode == 0, done.stderr
    found = {each["name"]: each for each in json.loads(done.stdout)}
    assert list(found) == ["structure", "search", "identity", "weather"]
    assert str(found["weather"]["url"]).startswith("http://127.0.0.1:4004/")


def test_its_schema_composes_with_ours(whole: Environment) -> None:
    file = whole.folder / "composed.graphql"
    done = whole.clay("compose", "--out", str(file))
    assert done.returncode == 0, done.stderr
    composed = file.read_text()
    assert "weather(on: Date): Weather @join__field(graph: WEATHER)" in composed
    for name in ("STRUCTURE", "SEARCH", "IDENTITY", "WEATHER"):
        assert f"{name} @join__graph" in composed


def test_its_settings_are_known_and_a_slip_in_them_is_named(whole: Environment) -> None:
    assert whole.clay("plugins", CLAY_WEATHER_ZENITH="96").returncode == 0
    done = whole.clay("plugins", CLAY_WEATHER_ZENIT="96")
    assert (done.returncode, done.stderr) == (
        2, "clay: Unknown setting CLAY_WEATHER_ZENIT; did you mean CLAY_WEATHER_ZENITH?\n",
    )  # fmt: skip
    done = whole.clay("plugins", CLAY_WEATHER_ZENITH="45")
    assert done.returncode == 2
    assert done.stderr.startswith("clay: The settings do not fit: CLAY_WEATHER_ZENITH: ")


def test_it_needs_nothing_of_mediaclay_but_the_kernel(alone: Environment) -> None:
    code = """
import importlib.metadata as m
from mediaclay_kernel.subgraph import discover
print(*discover(), *sorted(d.name for d in m.distributions() if "clay" in d.name.lower()))
"""
    done = alone.run("-c", code)
    assert done.stdout.split() == ["weather", "clay-weather", "mediaclay-kernel"], done.stderr


def test_its_own_tests_pass_on_the_kernel_alone(alone: Environment, weather_folder, server_url: str) -> None:
    done = alone.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(weather_folder),
        "-c", str(weather_folder / "pyproject.toml"), str(weather_folder / "tests"),
        CLAY_TEST_DATABASE_URL=server_url, PYTHONDONTWRITEBYTECODE="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout


def test_the_tests_run_against_the_installed_wheel(alone: Environment) -> None:
    done = alone.run(
        "-c", "import clay_weather, mediaclay_kernel; print(clay_weather.__file__, mediaclay_kernel.__file__)"
    )
    places = done.stdout.split()
    assert [place for place in places if not place.startswith(str(alone.packages) + os.sep)] == []
    assert len(places) == 2
