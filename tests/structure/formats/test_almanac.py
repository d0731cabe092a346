"""The sample that is shipped: what a first start relies on."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from mediaclay_kernel.errors import BadUserInput, Internal
from mediaclay_structure.samples import ALMANAC, SAMPLES, sample
from mediaclay_structure.samples.almanac import FILE, LICENCE
from mediaclay_structure.samples.sample import NAMESPACE, node_id

ROOT = Path(__file__).parents[3]
MEGABYTE = 1_000_000


def silent(_doing, _count):
    pass


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    return list(ALMANAC.lines(tmp_path_factory.mktemp("home"), silent))


def test_it_has_several_thousand_nodes_with_text(nodes):
    assert len(nodes) == ALMANAC.nodes == 3_717
    assert all(node.properties.get("gloss") for node in nodes if node.kind != "domain")


def test_parents_come_before_their_children_and_ids_are_unique(nodes):
    seen = set()
    for node in nodes:
        assert node.parent is None or node.parent in seen
        assert node.id not in seen
        seen.add(node.id)


def test_it_is_in_pre_order(nodes):
    way = []
    for node in nodes:
        while way and way[-1] != node.parent:
            way.pop()
        assert bool(way) == (node.parent is not None)
        way.append(node.id)


def test_slugs_of_siblings_are_unique(nodes):
    assert len({(node.parent, node.slug) for node in nodes}) == len(nodes)


def test_its_folders_are_readable(nodes):
    tops = [node.name for node in nodes if node.parent is None]
    assert tops == ["Animals", "Food and drink", "Feelings", "Music", "Colours", "Sky and weather", "Stones"]


def test_it_is_at_most_a_megabyte_and_has_its_licence_beside_it(tmp_path):
    folder = ALMANAC.fetch(tmp_path, silent)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= MEGABYTE
    assert "WordNet 3.1 Copyright 2011 by Princeton University." in (folder / LICENCE).read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_wheel_of_the_package_has_the_data_and_the_pins(tmp_path):
    project = ROOT / "subgraphs" / "structure"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=project,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    inside = set(ZipFile(wheel).namelist())
    samples = "mediaclay_structure/samples"
    assert {f"{samples}/data/{FILE}", f"{samples}/data/{LICENCE}", f"{samples}/ncbi.lock"} <= inside


def test_a_broken_file_is_told_with_its_line(tmp_path):
    (tmp_path / FILE).write_bytes(b'{"name":"a"}\n{"nmae":"b"}\n')
    lines = ALMANAC.read(tmp_path, silent)
    assert next(lines).slug == "a"
    with pytest.raises(Internal, match=r"^Line 2 of almanac\.ndjson is broken: A node has no key 'nmae'; the nearest"):
        next(lines)


def test_an_id_is_the_uuid_of_version_five_of_sample_and_key():
    from uuid import uuid5

    assert node_id("wordnet", "n00001740") == uuid5(NAMESPACE, "wordnet:n00001740")
    assert node_id("ncbi", 9606) == uuid5(NAMESPACE, "ncbi:9606")


def test_a_sample_is_found_by_its_slug():
    assert list(SAMPLES) == ["almanac", "wordnet", "ncbi"]
    assert sample("almanac") is ALMANAC


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("worldnet", "There is no sample 'worldnet'; the nearest is 'wordnet'."),
        ("zz", "There is no sample 'zz'; there are almanac, wordnet, ncbi."),
    ],
)
def test_an_unknown_sample_names_the_nearest(slug, message):
    with pytest.raises(BadUserInput) as refusal:
        sample(slug)
    assert refusal.value.message == message
