r"""CSV of paths (RFC 4180): a header, then one node a row. `path` is needed, its parents come in rows above it.

Columns: `path`, `kind` (`node` where empty), `name` (the last part of the path where empty), `properties`
(a JSON object); every other column is a property of that name, typed as text, left out where the cell is empty.
A path is kept as it is written: `/Animals/Great apes` is asked for by just that.
Quoted line breaks, a BOM, blank lines and both `\n` and `\r\n` are handled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import orjson
from mediaclay_kernel.errors import BadUserInput, ClayError

from mediaclay_structure.formats import checks
from mediaclay_structure.formats.line import MAX_LINE_BYTES, BadLine, Fields, NodeLine
from mediaclay_structure.formats.lines import Source
from mediaclay_structure.formats.rows import cells, rows

OWN = ("path", "kind", "name", "properties")
"""The columns that are not properties."""

_QUOTED = re.compile('[",\r\n]|^\\s|\\s$')


def read(source: Source) -> Iterator[NodeLine | BadLine]:
    """Each row as a node or as what is wrong with it, in order. A header that can't be used is one bad line and ends it."""
    columns: list[str] | None = None
    for number, row in rows(source):
        try:
            if isinstance(row, ClayError):
                raise row
            if columns is None:
                columns = _header(cells(row))
            else:
                yield _node(number, _by_column(columns, cells(row)))
        except ClayError as error:
            yield BadLine(number, error.message, error.code)
            if columns is None:
                return


class Writer:
    """Writes what `read` reads. Properties named in `columns` get one of their own where they are text."""

    def __init__(self, columns: Sequence[str] = ()) -> None:
        if unusable := [name for name in columns if not _usable(name) or columns.count(name) > 1]:
            raise BadUserInput(f"A property can't have the column {unusable[0]!r}.")
        self.columns = tuple(columns)

    def header(self) -> bytes:
        """The first row."""
        return _row((*OWN, *self.columns))

    def row(self, node: Fields) -> bytes:
        """The row of a node that has a path; its id is not written."""
        properties: dict[str, Any] | bytes | None = node.get("properties")
        inner = dict(orjson.loads(properties) if isinstance(properties, bytes) else properties or {})
        # An empty cell reads as no property: an empty text stays in the JSON.
        texts = [inner.pop(key) if isinstance(inner.get(key), str) and inner[key] else "" for key in self.columns]
        whole = orjson.dumps(inner).decode() if inner else ""
        return _row((node.get("path"), node.get("kind"), node.get("name"), whole, *texts))


def _usable(column: str) -> bool:
    return column not in OWN and bool(column) and column == column.strip()


def _row(values: Sequence[str]) -> bytes:
    quoted = ('"' + value.replace('"', '""') + '"' if _QUOTED.search(value) else value for value in values)
    return (",".join(quoted) + "\r\n").encode()


def _header(columns: list[str]) -> list[str]:
    names = [column.strip() for column in columns]
    if twice := [name for place, name in enumerate(names) if name in names[:place]]:
        raise BadUserInput(f"The header has the column {checks.shown(twice[0])} twice.")
    if "" in names:
        raise BadUserInput(f"Column {names.index('') + 1} of the header has no name.")
    if "path" not in names:
        near = get_close_matches("path", [name.lower() for name in names], n=1)
        found = f"the nearest is {checks.shown(near[0])}" if near else f"it has {', '.join(names)}"
        raise BadUserInput(f"The header needs the column 'path'; {found}.")
    return names


def _by_column(columns: list[str], values: list[str]) -> dict[str, str]:
    if len(values) != len(columns):
        raise BadUserInput(f"The row has {len(values)} cells, the header {len(columns)}.")
    return {column: value for column, value in zip(columns, values, strict=True) if value}


def _node(number: int, fields: Mapping[str, str]) -> NodeLine:
    if "path" not in fields:
        raise BadUserInput("'path' is missing.")
    if any("\0" in value for value in fields.values()):
        raise BadUserInput("A text holds the character U+0000, which can't be stored.")
    path = checks.path(fields["path"])
    slug = path.rpartition("/")[2]
    return NodeLine(
        path=path,
        kind=checks.kind(fields.get("kind")),
        name=checks.name(fields.get("name"), slug),
        slug=slug,
        properties=_properties(fields),
        number=number,
    )


def _properties(fields: Mapping[str, str]) -> dict[str, Any]:
    found = checks.properties(_json(fields.get("properties")), 0)
    if "properties" in fields and "\\u0000" in fields["properties"]:
        checks.without_null(found)
    for column, value in fields.items():
        if column not in OWN:
            if column in found:
                raise BadUserInput(f"{checks.shown(column)} is a column and stands in 'properties' too.")
            found[column] = value
    return checks.properties(found, MAX_LINE_BYTES)


def _json(text: str | None) -> object:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadUserInput(f"'properties' is not JSON: {error.msg}, at character {error.pos + 1}.") from None
