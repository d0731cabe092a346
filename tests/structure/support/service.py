"""A structure service in a process of its own, on a PostgreSQL of its own: both can be killed and come back."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import LocalIssuer

from mediaclay.embedded import postgres
from mediaclay.ports import any_free
from mediaclay.processes.program import Program
from mediaclay.processes.server import Server
from tests.structure.support.issuing import issuing
from tests.structure.support.killing import kill, migrated, revive


class Service:
    """Three processes' worth: PostgreSQL, `clay serve structure`, and in this one an issuer's keys."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.issuer = LocalIssuer(Settings())
        self._keys = issuing(self.issuer)
        database_port, port = any_free(), any_free()
        self.database = Server(
            postgres.program(home, database_port), postgres.url(home, database_port), home / "postgres.log"
        )
        self.url = f"http://127.0.0.1:{port}"
        self.structure = Server(self._program(port), self.url, home / "structure.log")

    def _program(self, port: int) -> Program:
        told = {name: value for name, value in os.environ.items() if not name.startswith("CLAY_")}
        identity = f"http://127.0.0.1:{self._keys.server_address[1]}"
        told |= {
            "CLAY_HOME": str(self.home), "CLAY_DATABASE_URL": self.database.url, "CLAY_STRUCTURE_PORT": str(port),
            "CLAY_JWKS_URL": f"{identity}/keys", "CLAY_IDENTITY_BASE_URL": identity, "CLAY_PUBLIC_READ": "true",
        }  # fmt: skip
        command = (sys.executable, "-m", "mediaclay", "serve", "structure")
        return Program("structure", command, told, ready=lambda _: self._is_ready())

    def _is_ready(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/ready", trust_env=False, timeout=2).is_success
        return False

    def start(self) -> None:
        """Everything from nothing, migrated."""
        self.database.start()
        migrated(self.database.url)
        self.structure.start()

    def stop(self) -> None:
        """Everything, whatever state it is in."""
        for server in (self.structure, self.database):
            with suppress(AssertionError):
                server.stop()
        self._keys.shutdown()
        self._keys.server_close()

    def kill_database(self) -> None:
        """SIGKILL for PostgreSQL and each of its processes, as if the power were cut; then it starts again."""
        kill(self.database)
        revive(self.database)

    def kill_structure(self) -> None:
        """SIGKILL for the service; then it starts again."""
        kill(self.structure)
        revive(self.structure)

    def token(self) -> str:
        """Of somebody who may write, good for as long as any of this lasts."""
        return self.issuer.token(exp=int(time.time()) + 86_400)


@contextmanager
def serving(home: Path) -> Generator[Service]:
    """The service while it runs. Only the main thread may, or its processes would end with the thread."""
    service = Service(home)
    try:
        service.start()
        yield service
    finally:
        service.stop()
