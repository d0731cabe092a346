"""Nothing in the repository tells where it was made, or where its packages came from."""

from __future__ import annotations

import json
import re

import pytest

# Written in pieces, or this file would find itself.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
    )
]
HOSTS = re.compile(r"(?<![\w-])(?:[\w-]+\.)*(?:" + "|".join(map(re.escape, REGISTRIES)) + r")(?![\w-])", re.IGNORECASE)
PLACES = re.compile(r"(?<![\w./$}~-])/(?:" + "|".join(("root", "work", "home", "Users")) + r")/\S*")
ADDRESS = re.compile(r"\b(?:https?|git\+\w+|ssh|file)://")


def readable(path):
    """A file's text, or None for one that is not text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def found(pattern, paths, root):
    """Each match of `pattern`, as file and text."""
    texts = ((path, readable(path)) for path in paths)
    return sorted({(str(p.relative_to(root)), m[0]) for p, text in texts if text for m in pattern.finditer(text)})


def test_no_tracked_file_names_a_package_registry(files, root):
    assert found(HOSTS, files(tracked=True), root) == []


def test_no_tracked_file_names_a_folder_of_somebodys_machine(files, root):
    assert found(PLACES, files(tracked=True), root) == []


@pytest.mark.parametrize(
    "text", ["see https://{}/simple", "registry={}", "https://files.{}/packages", "HTTPS://REGISTRY.{}/x"]
)
def test_a_registry_would_be_found(text):
    assert all(HOSTS.search(text.format(host)) for host in REGISTRIES)


@pytest.mark.parametrize("text", ["{}x/y", "cd {}main", 'path = "{}x"', "(see {}x)"])
def test_a_folder_of_a_machine_would_be_found(text):
    places = [f"/{name}/" for name in ("root", "work", "home", "Users")]
    assert all(PLACES.search(text.format(place)) for place in places)
    assert not PLACES.search("../work/x ./home/x $X/home/x https://example.org/work/x")


def test_python_locks_hold_exact_versions_and_hashes_and_no_address(files):
    locks = files("*.lock")
    assert {lock.name for lock in locks} >= {"requirements.lock", "requirements-dev.lock", "build.lock"}
    for lock in locks:
        text = lock.read_text()
        assert not ADDRESS.search(text), lock
        assert not re.search(r"^\s*-", text.replace("    --hash=sha256:", ""), re.MULTILINE), lock
        for line in text.replace("\\\n", "").splitlines():
            if line and not line.startswith("#"):
                assert re.match(r"[a-z0-9][a-z0-9._-]*==[\w.!+]+ ", line), (lock, line[:80])
                assert "--hash=sha256:" in line, (lock, line[:80])


def test_npm_locks_hold_hashes_and_no_address(files, root):
    locks = files("*package-lock.json")
    assert root / "router" / "package-lock.json" in locks
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text
        packages = json.loads(text)["packages"]
        others = {name: package for name, package in packages.items() if name and not package.get("link")}
        assert [name for name, package in others.items() if "resolved" in package] == []
        assert [name for name, package in others.items() if not package.get("integrity")] == []
