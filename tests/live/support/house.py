"""The servers that stand between a commit and who is told of it, each a process that can be killed and comes back.

`writer` and `structure` are two processes of one subgraph: what is written to the first reaches subscribers of the second
by the relay and Valkey, or from the changelog.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import LocalIssuer
from mediaclay_structure import subgraph

from mediaclay import composing
from mediaclay.embedded import node, postgres, valkey
from mediaclay.ports import any_free
from mediaclay.processes.program import Program
from mediaclay.processes.server import Server
from mediaclay.programs import answers
from tests.structure.support.issuing import issuing
from tests.structure.support.killing import kill, migrated, revive

DAY = 86_400


class House:
    """All of it. Only the main thread may start servers, or they would end with the thread that did."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.issuer = LocalIssuer(Settings())
        self._keys = issuing(self.issuer)
        ports = {name: any_free() for name in ("database", "valkey", "writer", "structure", "router")}
        self.database_url = postgres.url(home, ports["database"])
        self.servers = {
            "database": self._server(postgres.program(home, ports["database"]), self.database_url),
            "valkey": self._server(valkey.program(home, ports["valkey"]), valkey.url(home, ports["valkey"])),
            "writer": self._subgraph("writer", ports),
            "structure": self._subgraph("structure", ports),
            "router": self._router(ports),
        }

    def url(self, name: str) -> str:
        """The address of a server."""
        return self.servers[name].url

    @property
    def token(self) -> str:
        """Of somebody who may write, good for as long as any of this lasts."""
        return self.issuer.token(exp=int(time.time()) + DAY)

    def start(self) -> None:
        """Everything from nothing, migrated and composed."""
        for name in ("database", "valkey"):
            self.servers[name].start()
        migrated(self.database_url)
        for name in ("writer", "structure"):
            self.servers[name].start()
        self._compose()
        self.servers["router"].start()

    def kill(self, name: str) -> None:
        """SIGKILL, for a server's own processes, too."""
        kill(self.servers[name])

    def revive(self, name: str) -> None:
        """Starts it again, as soon as that can be done."""
        revive(self.servers[name])

    def change_supergraph(self) -> None:
        """The router, which watches the file, takes it for another one."""
        self._supergraph.write_text(f"{self._supergraph.read_text()}\n# another one\n")

    def stop(self) -> None:
        """Everything, whatever state it is in."""
        for server in reversed(self.servers.values()):
            with suppress(AssertionError):
                server.stop()
        self._keys.shutdown()
        self._keys.server_close()

    def _server(self, program: Program, url: str) -> Server:
        return Server(program, url, self.home / "logs" / f"{program.name}.log")

    def _subgraph(self, name: str, ports: Mapping[str, int]) -> Server:
        url = f"http://127.0.0.1:{ports[name]}"
        settings = {
            "CLAY_DATABASE_URL": self.database_url, "CLAY_REDIS_URL": valkey.url(self.home, ports["valkey"]),
            "CLAY_STRUCTURE_PORT": str(ports[name]), "CLAY_LOG_LEVEL": "warning",
        }  # fmt: skip
        command = (sys.executable, "-m", "mediaclay", "serve", "structure")
        return self._server(Program(name, command, self._told(settings), ready=answers(f"{url}/ready")), url)

    def _router(self, ports: Mapping[str, int]) -> Server:
        url = f"http://127.0.0.1:{ports['router']}"
        settings = {"CLAY_ROUTER_PORT": str(ports["router"]), "CLAY_SUPERGRAPH": str(self._supergraph)}
        command = (str(node.binary()), str(composing.router_folder() / "gateway.mjs"))
        return self._server(Program("router", command, self._told(settings), ready=answers(f"{url}/ready")), url)

    def _told(self, settings: Mapping[str, str]) -> dict[str, str]:
        keys = f"http://127.0.0.1:{self._keys.server_address[1]}/keys"
        own = {"CLAY_JWKS_URL": keys, "CLAY_IDENTITY_BASE_URL": keys.removesuffix("/keys")}
        return {"PATH": "/usr/bin:/bin", "CLAY_HOME": str(self.home), **own, **settings}

    @property
    def _supergraph(self) -> Path:
        return self.home / "supergraph.graphql"

    def _compose(self) -> None:
        schema, configuration = self.home / "structure.graphql", self.home / "supergraph.yaml"
        schema.write_text(composing.sdl(subgraph))
        entry = {"routing_url": f"{self.url('structure')}/graphql", "schema": {"file": str(schema)}}
        configuration.write_text(yaml.safe_dump({"federation_version": "=2.9.0", "subgraphs": {"structure": entry}}))
        subprocess.run(composing.command(configuration, self._supergraph), check=True, capture_output=True)


@contextmanager
def housed(home: Path) -> Generator[House]:
    """The servers while they run."""
    house = House(home)
    try:
        house.start()
        yield house
    finally:
        house.stop()
