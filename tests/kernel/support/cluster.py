"""A cluster of three Valkey servers, each with a third of the slots and nobody to stand in for it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis
from redis.exceptions import RedisError

from mediaclay.embedded import valkey as valkeys
from mediaclay.ports import any_free

SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))
PATIENCE = 30.0


class Cluster:
    """Servers on loopback, by their ports."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.ports = [_free_with_its_bus() for _ in SLOTS]
        self._processes = {port: self._start(port) for port in self.ports}

    @property
    def url(self) -> str:
        """Names one of them; a client finds the others."""
        return f"redis+cluster://127.0.0.1:{self.ports[0]}"

    def join(self) -> None:
        """Makes one cluster of them. Returns when each knows where all slots are."""
        for port, slots in zip(self.ports, SLOTS, strict=True):
            _ask(port, "CLUSTER", "ADDSLOTSRANGE", *slots)
            if port != self.ports[0]:
                _ask(port, "CLUSTER", "MEET", "127.0.0.1", self.ports[0])
        self.whole()

    def whole(self) -> None:
        """Waits until each of them says that all is well."""
        until = time.monotonic() + PATIENCE
        while not all(self._is_well(port) for port in self.ports):
            assert time.monotonic() < until, "The cluster does not come up."
            time.sleep(0.05)

    def kill(self, port: int) -> None:
        """Without a chance to say so."""
        self._processes[port].kill()
        self._processes[port].wait()

    def start_again(self, port: int) -> None:
        """With what it had on disk."""
        self._processes[port] = self._start(port)
        self.whole()

    def close(self) -> None:
        """Ends all of them."""
        for port in self.ports:
            self.kill(port)

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        folder = self._home / str(port)
        folder.mkdir(exist_ok=True)
        settings = (
            "--port", port, "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-node-timeout", 1000,
            "--cluster-require-full-coverage", "no", "--save", "", "--appendonly", "yes", "--loglevel", "warning",
        )  # fmt: skip
        argv = [str(valkeys.binary()), *map(str, settings)]
        return subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL)

    def _is_well(self, port: int) -> bool:
        try:
            said = str(_ask(port, "CLUSTER", "INFO"))
            nodes = str(_ask(port, "CLUSTER", "NODES"))
        except (RedisError, OSError):
            return False
        return "cluster_slots_ok:16384" in said and nodes.count("connected") >= len(SLOTS) and "fail" not in nodes


@contextmanager
def cluster(home: Path) -> Generator[Cluster]:
    """A cluster that is up."""
    with ExitStack() as stack:
        made = Cluster(home)
        stack.callback(made.close)
        made.join()
        yield made


def _free_with_its_bus() -> int:
    # Servers of a cluster talk to each other at a port ten thousand higher.
    while (port := any_free()) > 55_000:
        pass
    return port


def _ask(port: int, *command: object) -> object:
    client = redis.Redis(port=port, socket_timeout=2, decode_responses=True, single_connection_client=True)
    try:
        return client.execute_command(*command)  # pyright: ignore
    finally:
        client.close()
