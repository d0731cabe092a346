"""An issuer of access tokens: signs them, and publishes its key as the identity subgraph does."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
from joserfc.jwk import KeySet
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import LocalIssuer

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Issuer:
    """A token that may read, and where the key lies that it is verified with."""

    token: str
    keys_url: str


@contextmanager
def issuing() -> Generator[Issuer]:
    """The issuer while it answers."""
    signer = LocalIssuer(Settings())
    keys = orjson.dumps(KeySet([signer.key]).as_dict(private=False))

    class Published(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(keys)))
            self.end_headers()
            self.wfile.write(keys)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Published) as server:
        threading.Thread(target=server.serve_forever, name="issuer", daemon=True).start()
        try:
            yield Issuer(
                signer.token(scope=Scope.READ, exp=int(time.time()) + DAY),
                f"http://127.0.0.1:{server.server_port}/keys",
            )
        finally:
            server.shutdown()
