"""An issuer of access tokens: signs them, publishes its key, and says that nobody was disabled and nothing granted."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from mediaclay_kernel.principal import Scope
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import LocalIssuer

from tests.structure.support import issuing as standing_in

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Issuer:
    """A token that may read, and the address of what stands in for the identity subgraph."""

    token: str
    url: str

    @property
    def keys_url(self) -> str:
        """Where the key lies that the token is verified with."""
        return f"{self.url}/keys"


@contextmanager
def issuing() -> Generator[Issuer]:
    """The issuer while it answers."""
    signer = LocalIssuer(Settings())
    server = standing_in.issuing(signer)
    try:
        token = signer.token(scope=Scope.READ, exp=int(time.time()) + DAY)
        yield Issuer(token, f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
