r"""NDJSON, one node a line: `{"id", "parent" or "path", "kind", "name", "slug", "properties"}`. Nothing is lost.

Only `name` is needed, and not even that beside `path`. A link stands behind all nodes:
`{"link": KIND, "source", "target", "properties"}`, each end an id or a path, left out for the branch's top. Numbers are what JSON libraries agree on: whole ones of 64 bits
and doubles. Lines end with `\n` or `\r\n`, a BOM and blank lines are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import orjson
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import BadUserInput, ClayError, LimitExceeded

from mediaclay_structure.formats import checks
from mediaclay_structure.formats.line import MAX_LINE_BYTES, BadLine, Fields, LinkLine, NodeLine
from mediaclay_structure.formats.lines import Source, lines

KEYS = ("id", "parent", "path", "kind", "name", "slug", "properties")
LINK_KEYS = ("link", "source", "target", "properties")


def read(source: Source) -> Iterator[NodeLine | LinkLine | BadLine]:
    """Each line as a node, as a link or as what is wrong with it, in order; holds one line at a time."""
    for number, raw in lines(source):
        if raw is None:
            message = f"A line may have {MAX_LINE_BYTES:,} bytes at most."
            yield BadLine(number, message, LimitExceeded.code)
        elif raw and not raw.isspace():
            try:
                yield _line(number, raw)
            except ClayError as error:
                yield BadLine(number, error.message, error.code)


def write(node: Fields) -> bytes:
    r"""A line with its `\n`, properties as a dict or as bytes of JSON; keys without a value are left out."""
    line: dict[str, Any] = {key: value for key in KEYS[:-1] if (value := node.get(key)) is not None}
    line["properties"] = _whole(node.get("properties"))
    return to_json(line, line=True)


def write_link(link: Fields) -> bytes:
    r"""A link's line with its `\n`; an end that is None, the branch's top, is left out."""
    line = {"link": link.get("kind")}
    line |= {key: end for key in ("source", "target") if (end := link.get(key)) is not None}
    line["properties"] = _whole(link.get("properties"))
    return to_json(line, line=True)


def _whole(properties: Any) -> Any:
    if isinstance(properties, bytes):
        # A newline between two tokens of theirs would end the line.
        return orjson.loads(properties) if b"\n" in properties else orjson.Fragment(properties)
    return {} if properties is None else properties


def _line(number: int, raw: bytes) -> NodeLine | LinkLine:
    fields = _object(raw)
    if b"\\u0000" in raw:
        checks.without_null(fields)
    return _link(number, fields, len(raw)) if "link" in fields else _node(number, fields, len(raw))


def _link(number: int, fields: dict[str, Any], size: int) -> LinkLine:
    checks.known(fields, LINK_KEYS, "link")
    return LinkLine(
        kind=checks.link(fields["link"]),
        source=checks.place(fields.get("source"), "source"),
        target=checks.place(fields.get("target"), "target"),
        properties=checks.properties(fields.get("properties"), size),
        number=number,
    )


def _node(number: int, fields: dict[str, Any], size: int) -> NodeLine:
    if not fields.keys() <= _KEY_SET:
        checks.known(fields, KEYS)
    get = fields.get
    if get("path") is not None and get("parent") is not None:
        raise BadUserInput("A line has 'parent' or 'path', not both.")
    path = None if get("path") is None else checks.path(get("path"))
    slug = checks.slug(get("slug"), path)
    return NodeLine(
        id=checks.identifier(get("id")),
        parent=checks.place(get("parent"), "parent"),
        path=path,
        kind=checks.kind(get("kind")),
        name=checks.name(get("name"), slug if path else None),
        slug=slug,
        properties=checks.properties(get("properties"), size),
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
