"""One request and one answer of HTTP as plain values, whoever brought the one and sends the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Headers = tuple[tuple[bytes, bytes], ...]


class Incoming(NamedTuple):
    """A request that was read whole. The names of its headers are in lower case."""

    method: str
    headers: Mapping[bytes, bytes]
    body: bytes = b""
    query: bytes = b""

    def header(self, name: bytes) -> str | None:
        """The value of a header, None without it."""
        found = self.headers.get(name)
        return None if found is None else found.decode("latin-1")


class Reply(NamedTuple):
    """An answer. Its length is told by whoever sends it."""

    body: bytes
    headers: Headers
    status: int = 200


def first_of_each(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by their names; of those that were sent twice the first."""
    found = list(headers)
    return dict(reversed(found))
