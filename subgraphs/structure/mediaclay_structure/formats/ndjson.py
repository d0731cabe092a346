r"""NDJSON, one node a line: `{"id", "parent" or "path", "kind", "name", "slug", "properties"}`. Nothing is lost.

Only `name` is needed, and not even that beside `path`. Numbers are what JSON libraries agree on: whole ones of 64 bits
and doubles. Lines end with `\n` or `\r\n`, a BOM and blank lines are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import orjson
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import BadUserInput, ClayError, LimitExceeded

from mediaclay_structure.formats import checks
from mediaclay_structure.formats.line import MAX_LINE_BYTES, BadLine, Fields, NodeLine
from mediaclay_structure.formats.lines import Source, lines

KEYS = ("id", "parent", "path", "kind", "name", "slug", "properties")


def read(source: Source) -> Iterator[NodeLine | BadLine]:
    """Each line as a node or as what is wrong with it, in order; holds one line at a time."""
    for number, raw in lines(source):
        if raw is None:
            message = f"A line may have {MAX_LINE_BYTES:,} bytes at most."
            yield BadLine(number, message, LimitExceeded.code)
        elif raw and not raw.isspace():
            try:
                yield _node(number, raw)
            except ClayError as error:
                yield BadLine(number, error.message, error.code)


def write(node: Fields) -> bytes:
    r"""A line with its `\n`, properties as a dict or as bytes of JSON; keys without a value are left out."""
    line: dict[str, Any] = {key: value for key in KEYS[:-1] if (value := node.get(key)) is not None}
    properties = node.get("properties")
    if isinstance(properties, bytes):
        # A newline between two tokens of theirs would end the line.
        whole = b"\n" not in properties
        properties = orjson.Fragment(properties) if whole else orjson.loads(properties)
    line["properties"] = {} if properties is None else properties
    return to_json(line, line=True)


def _node(number: int, raw: bytes) -> NodeLine:
    fields = _object(raw)
    if not fields.keys() <= _KEY_SET:
        checks.known(fields, KEYS)
    if b"\\u0000" in raw:
        checks.without_null(fields)
    get = fields.get
    if get("path") is not None and get("parent") is not None:
        raise BadUserInput("A line has 'parent' or 'path', not both.")
    path = None if get("path") is None else checks.path(get("path"))
    slug = checks.slug(get("slug"), path)
    return NodeLine(
        id=checks.identifier(get("id")),
        parent=checks.parent(get("parent")),
        path=path,
        kind=checks.kind(get("kind")),
        name=checks.name(get("name"), slug if path else None),
        slug=slug,
        properties=checks.properties(get("properties"), len(raw)),
        number=number,
    )


_KEY_SET = frozenset(KEYS)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadUserInput(f"This is not JSON: {error.msg}, at character {error.pos + 1}.") from None
    if not isinstance(found, dict):
        raise BadUserInput("A line must be a JSON object.")
    return cast("dict[str, Any]", found)
