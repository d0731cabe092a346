"""How installed packages become subgraphs: real packages on the path, with entry points as pip writes them."""

from pathlib import Path

import pytest
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.subgraph import discover, resolve

SUBGRAPH = """
from mediaclay_kernel.subgraph import Subgraph
subgraph = Subgraph(name="{name}", description="d", port=1, schema="nowhere:x", running="nowhere:x", order={order})
"""


class Installed:
    """A folder on the path into which packages are installed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, package: str, source: str, **entries: str) -> None:
        (self._folder / f"{package}.py").write_text(source)
        info = self._folder / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
        (info / "entry_points.txt").write_text(f"[mediaclay.subgraphs]\n{lines}")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    monkeypatch.syspath_prepend(tmp_path)
    return Installed(tmp_path)


def test_an_installed_package_is_a_subgraph_and_nothing_of_it_but_its_descriptor_is_imported(installed: Installed):
    before = list(discover())
    installed.add("clay_first", SUBGRAPH.format(name="first", order=-1), first="clay_first:subgraph")
    installed.add("clay_last", SUBGRAPH.format(name="last", order=1000), last="clay_last:subgraph")
    assert list(discover()) == ["first", *before, "last"]


@pytest.mark.parametrize(
    ("package", "source", "entry", "sentence"),
    [
        (
            "clay_gone",
            "",
            "clay_missing:subgraph",
            r"The subgraph odd \(clay_missing:subgraph\) can't be imported: No mod",
        ),
        (
            "clay_bare",
            "",
            "clay_bare:subgraph",
            r"The subgraph odd \(clay_bare:subgraph\) can't be imported: .*attribute",
        ),
        (
            "clay_text",
            "subgraph = 'odd'",
            "clay_text:subgraph",
            r"odd \(clay_text:subgraph\) is not a Subgraph of that",
        ),
        ("clay_else", SUBGRAPH.format(name="else", order=1), "clay_else:subgraph", "is not a Subgraph of that name"),
    ],
)
def test_an_entry_point_that_is_none_is_named(
    installed: Installed, package: str, source: str, entry: str, sentence: str
):
    installed.add(package, source, odd=entry)
    with pytest.raises(BadUserInput, match=sentence):
        discover()


def test_two_packages_can_not_bring_the_same_subgraph(installed: Installed):
    for package in ("clay_twin_one", "clay_twin_two"):
        installed.add(package, SUBGRAPH.format(name="twin", order=1), twin=f"{package}:subgraph")
    with pytest.raises(BadUserInput, match="Two installed packages bring a subgraph twin"):
        discover()


@pytest.mark.parametrize("reference", ["no_such_module:x", "mediaclay_kernel.errors:no_such_name"])
def test_a_part_that_is_not_there_is_named(reference: str):
    with pytest.raises(BadUserInput, match=rf"^{reference} can't be imported: "):
        resolve(reference)
