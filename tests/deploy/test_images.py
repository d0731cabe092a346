"""The images hold what the locks say, run as nobody special, and know the ports of their subgraphs."""

from __future__ import annotations

import re
import tomllib

import pytest
from mediaclay_kernel.settings import prefix_of
from mediaclay_kernel.subgraph import discover

PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(path):
    return dict(PIN.findall(path.read_text()))


def names(needs):
    """The packages that requirements name, without versions, extras and markers."""
    return {re.split(r"[^\w.-]", need)[0].lower() for need in needs}


@pytest.fixture(scope="module")
def dockerfile(root):
    """The instructions of the Dockerfile, one a line, without comments."""
    text = re.sub(r"^#.*\n", "", (root / "deploy/images/Dockerfile").read_text(), flags=re.MULTILINE)
    return text.replace("\\\n", " ")


@pytest.mark.parametrize("lock", ["requirements.lock", "build.lock"])
def test_the_image_has_the_versions_that_were_tested(root, lock):
    image, tested = pins(root / "deploy/images" / lock), pins(root / "requirements.lock")
    assert image
    assert image.items() <= tested.items()


def test_the_image_has_no_embedded_server_and_no_build_tool(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())
    embedded = names(project["project"]["optional-dependencies"]["embedded"])
    image = set(pins(root / "deploy/images/requirements.lock"))
    assert embedded
    assert not image & (embedded | {"hatchling", "editables"})


def test_the_image_has_everything_that_our_packages_need(root):
    image = set(pins(root / "deploy/images/requirements.lock"))
    projects = [root / "pyproject.toml", *root.glob("kernel/pyproject.toml"), *root.glob("subgraphs/*/pyproject.toml")]
    needs = [need for project in projects for need in tomllib.loads(project.read_text())["project"]["dependencies"]]
    assert {need for need in names(needs) if not need.startswith("mediaclay")} <= image


def test_every_package_of_others_is_installed_by_its_hash(dockerfile):
    installs = re.findall(r"pip(?: --python \S+)? install ([^&\n]*)", dockerfile)
    assert len(installs) == 3
    for options in installs:
        assert "--require-hashes" in options or "--no-deps --no-index" in options


def test_the_image_does_not_run_as_root(root):
    for name in ("Dockerfile", "router.Dockerfile"):
        users = re.findall(r"^USER (\S+)", (root / "deploy/images" / name).read_text(), re.MULTILINE)
        assert users, name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]), name


def test_the_image_knows_host_and_port_of_each_subgraph(dockerfile, root):
    given = dict(re.findall(r"(CLAY_\w+_(?:HOST|PORT))=(\S+)", dockerfile))
    ours = [subgraph for name, subgraph in discover().items() if (root / "subgraphs" / name).is_dir()]
    expected = {f"{prefix_of(subgraph.name)}PORT": str(subgraph.port) for subgraph in ours}
    expected |= {f"{prefix_of(subgraph.name)}HOST": "0.0.0.0" for subgraph in ours}
    assert given == expected


def test_every_folder_that_is_copied_exists_and_is_not_ignored(root):
    ignored = (root / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    for name in ("Dockerfile", "router.Dockerfile"):
        for sources in re.findall(
            r"^COPY (?!--from)(.*) \S+$", (root / "deploy/images" / name).read_text(), re.MULTILINE
        ):
            for source in sources.split():
                assert list(root.glob(source)), (name, source)
                assert any(source == path or source.startswith(f"{path}/") for path in allowed), (name, source)
