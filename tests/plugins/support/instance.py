"""An instance that `clay up` runs, in a process of its own, for as long as a test needs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack
from typing import Any

from tests.plugins.support.environment import Environment, inherited

PATIENCE = 180


class Instance:
    """Everything that is installed in an environment, on free ports. A context manager: it runs inside of it."""

    def __init__(self, environment: Environment, *subgraphs: str) -> None:
        self.environment = environment
        self.home = environment.folder / "instance"
        ports = free_ports("POSTGRES", "VALKEY", "ROUTER", *(name.upper() for name in subgraphs))
        self.settings = {
            **{f"CLAY_{name}_PORT": str(port) for name, port in ports.items()},
            "CLAY_HOME": str(self.home),
            "COLUMNS": "160",
        }
        self.graphql = f"http://127.0.0.1:{ports['ROUTER']}/graphql"
        self.output = environment.folder / "instance.txt"

    def __enter__(self) -> Instance:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [self.environment.python, "-m", "mediaclay", "up", "--no-sample"],
                env={**inherited(), **self.settings}, cwd=self.environment.folder, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(PATIENCE)

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while "A query to paste" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        return self.output.read_text()

    def clay(self, *arguments: str) -> str:
        """What a command says in a second terminal, which knows nothing of the instance but its folder."""
        done = self.environment.run("-m", "mediaclay", *arguments, CLAY_HOME=str(self.home))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, query: str, token: str = "", **variables: Any) -> dict[str, Any]:
        """The router's answer."""
        headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
        body = json.dumps({"query": query, "variables": variables}).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.graphql, body, headers), timeout=30) as response:
            return json.load(response)


def free_ports(*names: str) -> dict[str, int]:
    """A free port for each name, all different."""
    with ExitStack() as stack:
        listening = {name: stack.enter_context(socket.create_server(("127.0.0.1", 0))) for name in names}
        return {name: each.getsockname()[1] for name, each in listening.items()}
