"""CSV in bytes to rows and cells, one row in memory at a time (RFC 4180).

Not the csv module: its limit of a cell is one for the whole process, and it can't go on behind a row that breaks off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mediaclay_kernel.errors import BadUserInput, ClayError, LimitExceeded

from mediaclay_structure.formats.line import MAX_LINE_BYTES
from mediaclay_structure.formats.lines import Source, lines

_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|\Z)')


def rows(source: Source) -> Iterator[tuple[int, bytes | ClayError]]:
    """The number of each row's first line, and its bytes or what is wrong with them. Blank rows are passed over.

    A row goes on over its line's end while a quote is open. After a row that is too long the next line is a new row.
    """
    first, held, size = 0, list[bytes](), 0
    for number, line in lines(source):
        first = first if held else number
        size = (size if held else 0) + (MAX_LINE_BYTES + 1 if line is None else len(line) + bool(held))
        if line is None or size > MAX_LINE_BYTES:
            yield first, LimitExceeded(f"A row may have {MAX_LINE_BYTES:,} bytes at most; is a quote left open?")
            held = []
        elif _open(line) == bool(held):
            row = b"\n".join([*held, line]).removesuffix(b"\r")
            held = []
            if row and not row.isspace():
                yield first, row
        else:
            held.append(line)
    if held:
        yield first, BadUserInput("A quote that this row opens is never closed.")


def cells(row: bytes) -> list[str]:
    """The cells of one row."""
    try:
        text = row.decode()
    except UnicodeDecodeError:
        raise BadUserInput("The row is not UTF-8.") from None
    if '"' not in text:
        return text.split(",")
    return list(_cells(text))


def _open(line: bytes) -> bool:
    return line.count(b'"') % 2 == 1


def _cells(text: str) -> Iterator[str]:
    place, end = 0, ","
    while end:
        if (match := _CELL.match(text, place)) is None:
            raise BadUserInput("A quote stands inside a cell that does not begin with one, or goes on behind its end.")
        quoted, plain, end = match.groups()
        yield plain if quoted is None else quoted.replace('""', '"')
        place = match.end()
