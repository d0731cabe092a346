"""`clay up` for real, once: first start with the sample, a second terminal, Ctrl-C, a second start, kill -9."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from mediaclay_kernel.subgraph import discover

from mediaclay.banner import EXAMPLE
from mediaclay.leftovers import Register
from tests.mediaclay.support.ports import free_ports

PATIENCE = 180
PARTS = {"postgres", "valkey", "router", *discover()}


class Instance:
    """An instance in a folder of its own, run by `clay up` in a process of its own."""

    def __init__(self, home: Path) -> None:
        ports = free_ports()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAY_")}
        self.home = home
        self.graphql = f"http://127.0.0.1:{ports['CLAY_ROUTER_PORT']}/graphql"
        self.environment = {
            **kept, **ports, "CLAY_HOME": str(home), "COLUMNS": "160",
        }  # fmt: skip
        self.output = home.with_suffix(".txt")
        self.process: subprocess.Popen[bytes] | None = None

    def up(self) -> str:
        """Starts it; answers what it says until its banner stands."""
        with self.output.open("wb") as output:
            command = [sys.executable, "-m", "mediaclay", "up"]
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE
        while "A query to paste" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        return self.said()

    def said(self) -> str:
        return self.output.read_text()

    def signal(self, number: int) -> int:
        assert self.process is not None
        os.killpg(self.process.pid, number)
        return self.process.wait(PATIENCE)

    def clay(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """A command in a second terminal, which knows of the instance nothing but its folder."""
        told = {name: value for name, value in self.environment.items() if name == "CLAY_HOME" or "CLAY_" not in name}
        command = [sys.executable, "-m", "mediaclay", *arguments]
        return subprocess.run(command, env={**told, **environment}, capture_output=True, text=True, check=False)

    def ask(self, query: str, token: str = "") -> dict[str, object]:
        headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(self.graphql, json.dumps({"query": query}).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def found(self) -> dict[str, object]:
        """The answer to the banner's query, once the index has read the sample."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self.ask(EXAMPLE)
            search = answer["data"]["search"]  # pyright: ignore
            if search["totalCount"] or time.monotonic() > deadline:
                return answer
            time.sleep(0.2)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = Instance(tmp_path / "home")
    yield made
    children = list(Register(made.home).living().values())
    for process in [made.process, *children]:
        if process is not None:
            process.kill()


def test_one_command_serves_a_supergraph_over_real_data(instance: Instance):
    first = instance.up()
    assert set(Register(instance.home).living()) == PARTS
    assert f"{instance.graphql} (in a browser: GraphiQL)" in first
    assert "public: anyone who reaches the address reads without a token" in first
    assert "nodes created" in first
    answer = instance.found()
    assert "errors" not in answer
    hit = answer["data"]["search"]["nodes"][0]["node"]  # pyright: ignore
    assert [ancestor["name"] for ancestor in hit["ancestors"]] == ["Almanac"]
    assert hit["createdBy"] == {"name": "Administrator"}

    doctor = instance.clay("doctor", "--json")
    assert [each for each in json.loads(doctor.stdout)["findings"] if each["problem"]] == []
    assert doctor.returncode == 0
    token = instance.clay("token").stdout
    assert token.count(".") == 2
    assert len(token.split()) == 1
    create = 'mutation { createStructure(slug: "mine", name: "Mine") { slug } }'
    refused = instance.ask(create)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"  # pyright: ignore
    assert instance.ask('{ structure(slug: "mine") { slug } }') == {"data": {"structure": None}}
    assert instance.ask(create, token.strip()) == {"data": {"createStructure": {"slug": "mine"}}}

    again = instance.clay("up")
    assert again.returncode == 1
    assert f"`clay up` already runs on {instance.home}" in again.stderr

    children = list(Register(instance.home).living().values())
    assert instance.signal(signal.SIGINT) == 0
    assert not any(_lives(child) for child in children)
    assert instance.said().rstrip().endswith("everything has stopped, the data is kept")

    second = instance.up()
    assert "nodes created" not in second
    mine = '{ structure(slug: "mine") { slug } }'
    assert instance.ask(mine) == {"data": {"structure": None}}
    assert instance.ask(mine, instance.clay("token").stdout.strip()) == {"data": {"structure": {"slug": "mine"}}}
    assert instance.found() == answer
    children = list(Register(instance.home).living().values())
    instance.signal(signal.SIGKILL)
    _, alive = psutil.wait_procs([child for child in children if _lives(child)], timeout=30)
    assert [child for child in alive if _lives(child)] == []


def _lives(child: psutil.Process) -> bool:
    """A process may end between two questions about it."""
    try:
        return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
