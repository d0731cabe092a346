"""What the identity subgraph tells other processes, for tests of one without the other: an issuer's keys, that nobody was
disabled, and that nothing was granted.
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import orjson
from mediaclay_kernel import watching
from mediaclay_kernel.access import remote
from mediaclay_kernel.testing import LocalIssuer
from mediaclay_kernel.watching import Position, Told


def issuing(issuer: LocalIssuer) -> ThreadingHTTPServer:
    """A server on a free port, `/keys` and all that follows from its address."""
    body = orjson.dumps({"keys": [issuer.key.as_dict(private=False)]})
    nothing = Told(Position("", 0), True, {}, UUID(int=0), "")
    told = {watching.PATH: orjson.dumps(watching.shown(nothing)), remote.CHANGES: orjson.dumps(remote.shown(nothing))}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if path == remote.PATH:
                asked = parse_qs(query)["principal"]
                return self._answer(orjson.dumps({"grants": {each: [] for each in asked}}))
            return self._answer(told.get(path, body))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(b"{}")  # whatever is granted: who writes here is an administrator

        def _answer(self, said: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
