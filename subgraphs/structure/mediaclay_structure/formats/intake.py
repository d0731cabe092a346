r"""NDJSON that comes in pieces over a network: each line is parsed once, and its properties stay the bytes they were.

What is as our own exports write it takes a short way, in which each check is one look. Every other line takes the way
of `ndjson.read`, so that both give the same line or the same reason against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import orjson
from mediaclay_kernel.errors import LimitExceeded
from mediaclay_kernel.ids import quick_uuid

from mediaclay_structure.formats import ndjson
from mediaclay_structure.formats.line import MAX_LINE_BYTES, BadLine, LinkLine, NodeLine
from mediaclay_structure.formats.lines import BOM
from mediaclay_structure.limits import KIND_CHARACTERS, NAME_CHARACTERS, PROPERTIES_BYTES, SLUG_CHARACTERS

Line = NodeLine | LinkLine | BadLine

_PROPERTIES = b'"properties":'
_HEAD = frozenset(("id", "parent", "kind", "name", "slug"))
_SURELY_SMALL = min(PROPERTIES_BYTES // 4, 16_000)
_DOTS = (".", "..")
# PostgreSQL refuses a number with more than 16,383 digits behind the point, of which JSON libraries make 0.
_TINY = re.compile(rb"[0-9][eE]-")


class Intake:
    """Takes pieces of a file, gives its lines; holds no more than one unfinished line."""

    def __init__(self) -> None:
        self._number = 0
        self._held = bytearray()
        self._beyond = False
        self._head: bytes | None = b""

    def feed(self, piece: bytes) -> Iterator[Line]:
        """The lines that end in this piece. Blank ones are counted and passed over."""
        *ended, rest = self._without_bom(piece).split(b"\n")
        for part in ended:
            yield from self._line(bytes(self._held) + part if self._held else part)
            self._held, self._beyond = bytearray(), False
        if not self._beyond:
            self._held += rest
            if len(self._held) > MAX_LINE_BYTES:
                self._held, self._beyond = bytearray(), True

    def end(self) -> Iterator[Line]:
        """The last line, where no newline ends it."""
        if self._head:
            self._held, self._head = bytearray(self._head), None
        if self._held or self._beyond:
            yield from self._line(bytes(self._held))

    def _line(self, raw: bytes) -> Iterator[Line]:
        self._number += 1
        if self._beyond or len(raw) > MAX_LINE_BYTES:
            yield BadLine(self._number, f"A line may have {MAX_LINE_BYTES:,} bytes at most.", LimitExceeded.code)
        elif raw and not raw.isspace():
            yield parsed(self._number, raw)

    def _without_bom(self, piece: bytes) -> bytes:
        if self._head is None:
            return piece
        self._head += piece
        if len(self._head) < len(BOM):
            return b""
        piece, self._head = self._head.removeprefix(BOM), None
        return piece


def parsed(number: int, raw: bytes) -> Line:
    """A line that is not blank."""
    line = _usual(raw)
    if line is None:
        line = next(ndjson.read([raw]))
        if isinstance(line, BadLine):
            return BadLine(number, line.message, line.code)
    line.number = number
    return line


def _usual(raw: bytes) -> NodeLine | None:
    """A node whose properties come last, as in our exports; None for any other line, good or bad.

    The line is cut before its properties, and both parts are parsed: if `{..., "slug": ...}` and what follows
    `"properties":` are JSON each, so was the line.
    """
    cut = raw.find(_PROPERTIES)
    if cut < 2 or raw[cut - 1] != 0x2C or len(raw) > _SURELY_SMALL or b"\\u0000" in raw:
        return None
    tail = raw[cut + len(_PROPERTIES) :].rstrip()
    if tail[-1:] != b"}" or (b"-" in tail and _TINY.search(tail)):
        return None
    try:
        found: Any = orjson.loads(raw[: cut - 1] + b"}")
        properties: Any = orjson.loads(tail[:-1])
    except orjson.JSONDecodeError:
        return None
    if type(found) is not dict or type(properties) is not dict:
        return None
    return _node(cast("dict[str, Any]", found), tail[:-1])


def _node(found: dict[str, Any], properties: bytes) -> NodeLine | None:
    get = found.get
    own, parent, kind, name, slug = get("id"), get("parent"), get("kind"), get("name"), get("slug")
    if (
        not found.keys() <= _HEAD
        or type(name) is not str or not 0 < len(name) <= NAME_CHARACTERS or name.strip() != name
        or type(kind) is not str or not 0 < len(kind) <= KIND_CHARACTERS or kind.strip() != kind
        or (slug is not None and not (type(slug) is str and _is_segment(slug)))
        or (own is not None and not _is_uuid(own))
        or (parent is not None and not _is_uuid(parent))
    ):  # fmt: skip
        return None
    try:
        return NodeLine(
            id=None if own is None else quick_uuid(own), parent=None if parent is None else quick_uuid(parent),
            kind=kind, name=name, slug=slug, properties=properties,
        )  # fmt: skip
    except ValueError:
        return None


def _is_segment(slug: str) -> bool:
    return (
        0 < len(slug) <= SLUG_CHARACTERS and "/" not in slug and slug.isprintable() and slug.strip() == slug
        and slug not in _DOTS
    )  # fmt: skip


def _is_uuid(text: Any) -> bool:
    return type(text) is str and len(text) == 36 and text[8:24:5] == "----"
