"""An environment of its own, made without a network, into which plugins are installed as wheels."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
OFFLINE = ("--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir")


@dataclass(frozen=True)
class Environment:
    """A virtual environment that sees the third-party packages of this one, but of MediaClay only what it was given."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        paths = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", paths))

    def make(self, dependencies: Path) -> None:
        venv.create(self.folder, with_pip=False, symlinks=True)
        (self.packages / "dependencies.pth").write_text(f"{dependencies}\n")

    def install(self, *what: Path, editable: bool = False) -> None:
        """Wheels; or folders, used where they are."""
        named = [argument for each in what for argument in (("--editable", each) if editable else (each,))]
        subprocess.run([*PIP, "--python", self.python, "install", *OFFLINE, *named], check=True)

    def add(self, name: str, entry_points: str, **modules: str) -> None:
        """A package as an installer leaves it behind: its modules, and what it says of itself."""
        for module, text in modules.items():
            (self.packages / f"{module}.py").write_text(text)
        told = self.packages / f"{name}-1.0.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (told / "entry_points.txt").write_text(f"[mediaclay.subgraphs]\n{entry_points}\n")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Its Python, in its own folder, so that nothing of ours is found by accident, with these settings alone."""
        return subprocess.run(
            [self.python, *arguments], env={**inherited(), **environment}, cwd=self.folder, capture_output=True,
            text=True, check=False,
        )  # fmt: skip

    def clay(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The command line, with a CLAY_HOME of its own."""
        return self.run("-m", "mediaclay", *arguments, CLAY_HOME=str(self.folder / "clay"), **environment)


def inherited() -> dict[str, str]:
    """The environment variables of whoever runs the tests, but for settings of ours and of Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("CLAY_", "PYTHON"))}


def link_dependencies(folder: Path) -> None:
    """Links to everything that is installed here but MediaClay, which so can't be found by accident."""
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for each in Path(place).iterdir():
            if "mediaclay" not in each.name and each.suffix != ".pth" and each.name != "__pycache__":
                (folder / each.name).symlink_to(each)


def build_wheel(source: Path, folder: Path) -> Path:
    """The wheel of a source folder, built without looking for anything elsewhere."""
    subprocess.run([*PIP, "wheel", *OFFLINE, "--wheel-dir", folder, source], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel
