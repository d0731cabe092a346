"""Bytes to lines in constant memory: a line beyond the limit is passed over, not held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from mediaclay_structure.formats.line import MAX_LINE_BYTES

BOM = b"\xef\xbb\xbf"
CHUNK_BYTES = 64 * 1024


@runtime_checkable
class Readable(Protocol):
    """A file opened for reading bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


Source = Readable | Iterable[bytes]


def lines(source: Source) -> Iterator[tuple[int, bytes | None]]:
    r"""Number (from 1) and content of each line, without `\n` and the file's BOM; None for a line beyond 512 KiB."""
    number, held, beyond = 1, bytearray(), False
    for chunk in _chunks(source):
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            line = bytes(held) + piece if held else piece
            yield number, None if beyond or len(line) > MAX_LINE_BYTES else line
            number, held, beyond = number + 1, bytearray(), False
        if not beyond:
            held += rest
            if len(held) > MAX_LINE_BYTES:
                held, beyond = bytearray(), True
    if held or beyond:
        yield number, None if beyond else bytes(held)


def _chunks(source: Source) -> Iterator[bytes]:
    # An open file is an iterable too, but of lines as long as they please.
    chunks = _pieces(source) if isinstance(source, Readable) else iter(source)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(BOM):
            break
    yield head.removeprefix(BOM)
    yield from chunks


def _pieces(file: Readable) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
