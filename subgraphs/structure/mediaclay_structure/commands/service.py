"""The running structure subgraph as the commands reach it: GraphQL, and branches as streams of bytes.

On http.client, since a stream goes up while its answer comes down: one thread sends, the other reads.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import orjson
from mediaclay_kernel import errors
from mediaclay_kernel.errors import ClayError, Unavailable
from mediaclay_kernel.settings import load

from mediaclay_structure.settings import StructureSettings

CONNECT_SECONDS = 5
BLOCK = 256 * 1024
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_KINDS: dict[str, type[ClayError]] = {
    kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ClayError)
}


def address() -> str:
    """Where the subgraph is, by its settings, without a path."""
    settings = load(StructureSettings)
    if settings.url is not None:
        return settings.url.rstrip("/").removesuffix("/graphql")
    host = _WILDCARDS.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


class Service:
    """Speaks to the subgraph in somebody's name. Every method raises `Unavailable` where it is not running."""

    def __init__(self, base: str, token: str) -> None:
        self._base = base
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a GraphQL request. Raises the `ClayError` that it is answered with."""
        body = orjson.dumps({"query": query, "variables": variables})
        with self._connection() as connection:
            headers = {**self._headers, "Content-Type": "application/json"}
            connection.request("POST", self._path("/graphql"), body, headers)
            answer: dict[str, Any] = orjson.loads(connection.getresponse().read())
        _refused(answer)
        return answer["data"]

    def branch(self, node: str) -> Iterator[bytes]:
        """The lines below a node as blocks of bytes; a block ends anywhere. Raises `Unavailable` if it breaks off."""
        with self._connection() as connection:
            connection.request("GET", self._path(f"/v1/branches/{node}.ndjson"), headers=self._headers)
            yield from _blocks(_good(connection.getresponse()))

    def ingest(self, node: str, pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """Sends lines below a node; what becomes of them as the service tells it, while they are sent.

        Raises what `pieces` raises, and then leaves away what had not become a batch.
        """
        with self._connection() as connection:
            connection.putrequest("POST", self._path(f"/v1/branches/{node}.ndjson"))
            for name, value in {**self._headers, "Transfer-Encoding": "chunked"}.items():
                connection.putheader(name, value)
            connection.endheaders()
            sending = _Sending(connection, pieces)
            sending.start()
            try:
                yield from map(orjson.loads, _lines(_good(connection.getresponse())))
            except (OSError, HTTPException):
                if sending.failed is not None:
                    raise sending.failed from None
                raise

    @contextmanager
    def _connection(self) -> Generator[HTTPConnection]:
        place = urlsplit(self._base)
        kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        connection = kind(place.hostname or "", place.port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
        except OSError as error:
            raise Unavailable(f"The structure subgraph does not answer at {self._base}.") from error
        connection.sock.settimeout(None)  # a batch may take its time
        try:
            yield connection
        except (OSError, HTTPException) as error:
            raise Unavailable("The structure subgraph broke off; run it again.") from error
        finally:
            connection.close()

    def _path(self, path: str) -> str:
        return urlsplit(self._base).path + path


class _Sending(threading.Thread):
    """Sends pieces as chunks. Where they fail, the connection is cut: an end would say that they were all."""

    def __init__(self, connection: HTTPConnection, pieces: Iterable[bytes]) -> None:
        super().__init__(daemon=True)
        self._connection = connection
        self._pieces = pieces
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            for piece in self._pieces:
                if piece:
                    self._connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            self._connection.send(b"0\r\n\r\n")
        except ConnectionError:
            return  # the answer tells why
        except Exception as error:  # noqa: BLE001 (raised again by who reads the answer)
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.failed = error
        # Not closed: the other thread reads from it, and would wait for ever.
        self._connection.sock.shutdown(2)


def _good(response: HTTPResponse) -> HTTPResponse:
    if response.status != 200:
        body = response.read()
        if response.headers.get_content_subtype().endswith("json"):
            _refused(orjson.loads(body))
        raise Unavailable(f"The structure subgraph answers {response.status}.")
    return response


def _refused(answer: dict[str, Any]) -> None:
    for error in answer.get("errors") or ():
        raise _KINDS.get(error.get("extensions", {}).get("code"), errors.Internal)(error["message"])


def _blocks(response: HTTPResponse) -> Iterator[bytes]:
    while block := response.read1(BLOCK):
        yield block


def _lines(response: HTTPResponse) -> Iterator[bytes]:
    held = b""
    for block in _blocks(response):
        *lines, held = (held + block).split(b"\n")
        yield from lines
