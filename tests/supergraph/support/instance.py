"""An instance that `clay up` runs in a process of its own, and what one does to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
from mediaclay_kernel.subgraph import discover

from mediaclay.leftovers import Register

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds for whatever a crowded machine does slowly; nothing waits that long on an idle one."""


def until(ask: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first answer of `ask` that is not false."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{ask} said {answer!r} for {seconds:.0f} s"
        time.sleep(0.05)
    return answer


class Instance:
    """Everything that `clay up` starts, on free ports and in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = _free_ports()
        self.graphql = f"http://127.0.0.1:{self.ports['router']}/graphql"
        self._output = home.with_suffix(".txt")
        self._process: subprocess.Popen[bytes] | None = None
        self._token, self._taken = "", -1e9
        # No proxy of the environment's, and no connection kept to a process that may be killed.
        self.http = httpx.Client(trust_env=False, timeout=60, limits=httpx.Limits(max_keepalive_connections=0))

    def up(self) -> None:
        """Starts it; returns once its banner stands."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CLAY_")}
        environment |= {f"CLAY_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        environment |= {
            "CLAY_HOME": str(self.home), "COLUMNS": "160",
            "CLAY_ISSUER": f"http://127.0.0.1:{self.ports['identity']}",
            "CLAY_SEARCH_SOURCE_URL": f"http://127.0.0.1:{self.ports['structure']}",
        }  # fmt: skip
        with self._output.open("wb") as output:
            command = [sys.executable, "-m", "mediaclay", "up"]
            self._process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        until(self._stands)

    def _stands(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.said()
        return "A query to paste there:" in self.said()

    def said(self) -> str:
        """What stands in its terminal."""
        return self._output.read_text()

    def down(self) -> int:
        """Tells it to stop, by SIGTERM; answers its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

    def destroy(self) -> None:
        """Leaves nothing behind, whatever happened."""
        self.http.close()
        processes = list(self.processes().values())
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for process in processes:
            if process.is_running():
                process.kill()

    def processes(self) -> dict[str, psutil.Process]:
        """Its running processes by name; without those that have done their work."""
        return Register(self.home).living()

    @contextmanager
    def killed(self, name: str) -> Generator[None]:
        """Kills a process by SIGKILL. Inside, it is away or on its way back; afterwards it is back."""
        before = self.processes()[name]
        times = self.said().count(f"{name} is back")
        before.kill()
        psutil.wait_procs([before], timeout=10)
        yield
        until(lambda: self.said().count(f"{name} is back") > times)
        assert self.processes()[name].pid != before.pid

    @contextmanager
    def paused(self, name: str) -> Generator[None]:
        """Kills a process and keeps its port taken meanwhile, so that it can't come back before the end."""
        before = self.processes()[name]
        times = self.said().count(f"{name} is back")
        with socket.socket() as holder:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            before.kill()
            psutil.wait_procs([before], timeout=10)
            # Bound, not listening: whoever connects is refused, as where nobody is.
            until(lambda: _bound(holder, self.ports[name]))
            yield
        until(lambda: self.said().count(f"{name} is back") > times)

    def clay(self, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """A command in a second terminal, which knows of the instance nothing but its folder."""
        with self.begun(*arguments) as process:
            out, err = process.communicate(given, timeout=PATIENCE)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def begun(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The same, not waited for."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CLAY_")}
        environment |= {"CLAY_HOME": str(self.home), "COLUMNS": "200"}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-m", "mediaclay", *arguments], env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        )

    def administrator(self) -> str:
        """A token of the administrator, taken by `clay token` and renewed before it ends."""
        if time.monotonic() - self._taken > 120:
            done = self.clay("token")
            assert done.returncode == 0, done.stderr.decode()
            self._token, self._taken = done.stdout.decode().strip(), time.monotonic()
        return self._token

    def post(self, query: str, headers: dict[str, str] | None = None, **variables: Any) -> httpx.Response:
        """A request to the router."""
        return self.http.post(self.graphql, json={"query": query, "variables": variables}, headers=headers or {})

    def ask(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The whole answer of the router, `data` and `errors`."""
        headers = None if token is None else {"authorization": f"Bearer {token}"}
        return self.post(query, headers, **variables).json()

    def data(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no error."""
        answer = self.ask(query, token, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def refused(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The one error of an answer."""
        [error] = self.ask(query, token, **variables)["errors"]
        return error

    def log(self, name: str) -> str:
        """What a process wrote."""
        return (self.home / "logs" / f"{name}.log").read_text()

    @property
    def database(self) -> str:
        """The address of its database."""
        password = (self.home / "secrets" / "database-password").read_text().strip()
        return f"postgresql://mediaclay:{password}@127.0.0.1:{self.ports['postgres']}/mediaclay"


def _bound(holder: socket.socket, port: int) -> bool:
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        return False
    # Or another one that asks for it may have it as well, as long as nobody listens.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    return True


def _free_ports() -> dict[str, int]:
    names = ["postgres", "valkey", "router", *discover()]
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    found = {name: each.getsockname()[1] for name, each in zip(names, sockets, strict=True)}
    for each in sockets:
        each.close()
    return found
