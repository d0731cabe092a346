"""docs/adding-a-subgraph.md, followed to the letter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.plugins.conftest import KERNEL, OURS, ROOT, Installed
from tests.plugins.support.environment import Environment

FILE = re.compile(r"^`(clay-stars/\S+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page, written where it says."""
    folder = tmp_path_factory.mktemp("guide")
    files = FILE.findall((ROOT / "docs" / "adding-a-subgraph.md").read_text())
    for name, text in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assert len(files) == 9
    return folder / "clay-stars"


@pytest.fixture(scope="module")
def followed(installed: Installed, package: Path) -> Environment:
    """Our subgraphs, and the one of the page."""
    environment = installed(KERNEL, *OURS, package)
    environment.install(ROOT, editable=True)
    return environment


def test_its_tests_pass(followed: Environment, package: Path, server_url: str) -> None:
    done = followed.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", str(package / "tests"),
        CLAY_TEST_DATABASE_URL=server_url,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_it_is_listed_and_composes_with_ours(followed: Environment) -> None:
    listed = json.loads(followed.clay("plugins", "--json").stdout)
    assert [each["name"] for each in listed] == ["structure", "search", "identity", "stars"]
    file = followed.folder / "supergraph.graphql"
    done = followed.clay("compose", "--out", str(file))
    assert done.returncode == 0, done.stderr
    assert "stars: Int! @join__field(graph: STARS)" in file.read_text()


def test_a_slip_in_its_setting_is_named(followed: Environment) -> None:
    done = followed.clay("plugins", CLAY_STARS_CLOSE="true")
    assert done.stderr == "clay: Unknown setting CLAY_STARS_CLOSE; did you mean CLAY_STARS_CLOSED?\n"
