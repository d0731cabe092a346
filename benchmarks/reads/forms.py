"""The servers that are compared, each one process: ours as `clay serve` starts it, and the peers as their users would."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mediaclay_kernel.settings import PREFIX, Settings, names

from benchmarks.reads.cpu import Meter
from benchmarks.reads.issuer import Issuer, issuing
from benchmarks.reads.packages import FOLDER
from benchmarks.reads.queries import CACHED, MERCURIUS, OURS, PLAIN, POSTGRAPHILE
from mediaclay.embedded import node, valkey
from mediaclay.ports import any_free
from mediaclay.processes.program import Program
from mediaclay.processes.server import Server

COMPILED, RESULTS = "CLAY_COMPILED_READS", "CLAY_CACHE_BYTES"
SWITCHES: Mapping[str, Mapping[str, str]] = {
    OURS: {COMPILED: "on", RESULTS: "0"},
    CACHED: {COMPILED: "on"},
    PLAIN: {COMPILED: "off", RESULTS: "0"},
}
"""What tells our forms from one another: settings of the service, and nothing else."""
PEERS: Mapping[str, str] = {MERCURIUS: "mercurius.mjs", POSTGRAPHILE: "postgraphile.mjs"}


@dataclass(frozen=True, slots=True)
class Form:
    """A running server: where it listens, the token it wants, and its processes."""

    name: str
    port: int
    token: str | None
    meter: Meter


@dataclass(frozen=True, slots=True)
class _Place:
    home: Path
    database: str
    issuer: Issuer


@contextmanager
def serving(home: Path, database: str, wanted: Sequence[str]) -> Generator[dict[str, Form]]:
    """The forms of these names on one database, while they run; `home` takes their logs. Raises `StartFailed`."""
    with ExitStack() as stack:
        place = _Place(home, database, stack.enter_context(issuing()))
        yield {name: _started(stack, place, name) for name in wanted}


def missing() -> list[str]:
    """The switches that this service does not have: forms that differ in nothing else are the same."""
    known = names(Settings)
    return [name for name in (COMPILED, RESULTS) if name not in known]


def _started(stack: ExitStack, place: _Place, name: str) -> Form:
    port = any_free()
    log = place.home / "logs" / f"{name.replace(' ', '-')}.log"
    pids: list[int] = []
    given: dict[str, str] = {}
    if name == CACHED:
        cache = stack.enter_context(valkey.start(place.home, any_free()))
        pids.append(cache.pid)
        given["CLAY_REDIS_URL"] = cache.url
    make = _peer if name in PEERS else _ours
    server = Server(make(place, name, port, given), f"http://127.0.0.1:{port}/graphql", log).start()
    stack.enter_context(server)
    return Form(name, port, None if name in PEERS else place.issuer.token, Meter([server.pid, *pids]))


def _ours(place: _Place, name: str, port: int, given: Mapping[str, str]) -> Program:
    switches = {switch: value for switch, value in SWITCHES[name].items() if switch not in missing()}
    environment = {
        **_inherited(), **given, **switches, "CLAY_HOME": str(place.home / name.replace(" ", "-")),
        "CLAY_DATABASE_URL": place.database, "CLAY_JWKS_URL": place.issuer.keys_url, "CLAY_IDENTITY_BASE_URL": place.issuer.url,
        "CLAY_STRUCTURE_PORT": str(port), "CLAY_PUBLIC_READ": "false", "CLAY_LOG_LEVEL": "warning",
    }  # fmt: skip
    argv = (sys.executable, "-m", "mediaclay", "serve", "structure")
    return Program(f"{name}'s service", argv, environment, ready=_listens(port))


def _peer(place: _Place, name: str, port: int, _: Mapping[str, str]) -> Program:
    environment = {
        **_inherited(), "NODE_ENV": "production", "GRAPHILE_ENV": "production", "PEER_DATABASE_URL": place.database,
        "PEER_PORT": str(port),
    }  # fmt: skip
    return Program(name, (str(node.binary()), PEERS[name]), environment, FOLDER, _listens(port))


def _inherited() -> dict[str, str]:
    """The caller's environment without settings of an instance."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _listens(port: int) -> Callable[[int], bool]:
    def ready(_: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    return ready
