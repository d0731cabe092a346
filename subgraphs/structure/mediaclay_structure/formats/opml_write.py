"""Lines as OPML 2.0, written as they come. Links are left out: OPML has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr  # these write only

import orjson
from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.formats.line import Fields
from mediaclay_structure.formats.opml_words import (
    DECLARED,
    DOCUMENT,
    MORE,
    NAMESPACE,
    OUTLINE,
    VERSION,
    declared,
    escaped_json,
    is_attribute,
    is_document,
    is_legal,
    is_text_kept,
    is_type,
    is_type_kept,
    legal,
)
from mediaclay_structure.formats.slug import slugify, unique


@dataclass(slots=True)
class _Level:
    """A node whose children are being written; `path` is None from the first node on that has an id of its own."""

    id: UUID | None
    path: str | None
    prefixes: frozenset[str]
    taken: set[str] = field(default_factory=set[str])


class Writer:
    """Writes what `opml_read.read` reads. An id that a reader would make itself, below the same top, is left out."""

    def __init__(self, top: UUID) -> None:
        self._top = top
        self._levels = [_Level(None, "", frozenset({"xml"}))]
        self._is_begun = False
        self._document: UUID | None = None

    def head(self) -> bytes:
        """Nothing yet: what the head says is known from the first node."""
        return b""

    def line(self, node: Fields) -> bytes:
        """An outline, left open for its children. Raises `BadUserInput` for one whose parent is not open."""
        closed = self._close(node.get("parent"))
        if not self._is_begun:
            return self._begin(node)
        beside = node.get("parent") is None and self._document is not None
        told = _Told(node, self._levels[-1].prefixes)
        more = self._more(node, told) | ({"top": True} if beside else {})
        return closed + f"{self._indent()}<outline{_attributes(told.attributes, more)}>\n".encode()

    def link(self, link: Fields) -> bytes:
        """Nothing: OPML has no links."""
        return b""

    def tail(self) -> bytes:
        """The end."""
        begun = b"" if self._is_begun else _opening({}, VERSION, {}, {})
        return begun + self._close(None) + b"</body>\n</opml>\n"

    def _begin(self, node: Fields) -> bytes:
        self._is_begun = True
        properties = _json(node.get("properties"))
        if node.get("kind") != DOCUMENT or not is_document(properties, node.get("name")):
            return _opening({}, VERSION, {}, {}) + self.line(node)
        attributes: dict[str, str] = properties.get("attributes", {})
        head: dict[str, Any] = {"title": node.get("name"), **properties["head"]}
        self._levels[0].prefixes = frozenset({"xml", *declared(attributes)})
        more = self._more(node, _Told({"properties": {}, "kind": OUTLINE, "name": "-"}, frozenset()))
        self._document = node.get("id")
        return _opening(attributes, properties.get("version", VERSION), head, more)

    def _close(self, parent: UUID | None) -> bytes:
        """Ends what is open down to that parent."""
        closed: list[str] = []
        while self._levels[-1].id != parent:
            if len(self._levels) == 1:
                raise BadUserInput("OPML is written of nodes in document order, parents before their children.")
            ended = self._levels.pop()
            if ended.id != self._document:
                closed.append(f"{self._indent()}</outline>\n")
        return "".join(closed).encode()

    def _more(self, node: Fields, told: _Told) -> dict[str, Any]:
        """What a reader would not know, and the node as the new innermost level."""
        above, own = self._levels[-1], node.get("id")
        made = unique(slugify(node.get("name")), above.taken)
        slug = node.get("slug") or made
        above.taken.add(slug)
        path = None if above.path is None else f"{above.path}/{slug}"
        expected = uuid5(cast("UUID", above.id), slug) if path is None else uuid5(self._top, path)
        named = {} if own == expected else {"id": own}
        self._levels.append(_Level(own, None if named else path, above.prefixes | told.prefixes))
        return named | ({} if slug == made else {"slug": slug}) | told.more

    def _indent(self) -> str:
        return " " * (len(self._levels) - 1 - (self._document is not None))


class _Told:
    """A node as attributes, and `more`, which can't be attributes."""

    def __init__(self, node: Fields, prefixes: frozenset[str]) -> None:
        kind, name = str(node.get("kind")), str(node.get("name"))
        properties = _json(node.get("properties"))
        self.prefixes = frozenset(declared(properties))
        self.attributes: dict[str, str] = {"text": legal(name)}
        self.more: dict[str, Any] = {} if is_legal(name) else {"name": name}
        left = dict(properties)
        if "text" in left and is_legal(name) and is_text_kept(left["text"], name):
            text = left.pop("text")
            self.attributes = {} if text is None else {"text": text}
        if "type" in left and is_type_kept(left["type"], kind):
            self.attributes["type"] = left.pop("type")
        elif is_type(kind) and is_legal(kind):
            self.attributes["type"] = kind
        elif kind != OUTLINE:
            self.more["kind"] = kind
        for key in properties:
            if key != MORE and key != DECLARED and is_attribute(key, properties[key], prefixes | self.prefixes):
                self.attributes[key] = left.pop(key)
        if left:
            self.more["properties"] = left


def _opening(attributes: Mapping[str, str], version: str, head: Mapping[str, Any], more: Mapping[str, Any]) -> bytes:
    root = _attributes({"version": version, DECLARED: NAMESPACE, **attributes}, {})
    said = [
        f"  <{name}>{escape(text, {chr(13): '&#13;'})}</{name}>\n"
        for name, texts in head.items()
        for text in (cast("list[str]", texts) if isinstance(texts, list) else [] if texts is None else [str(texts)])
    ]
    inner = "".join(said)
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<opml{root}>\n<head>\n{inner}</head>\n'
    return f"{opening}<body{_attributes({}, more)}>\n".encode()


def _attributes(values: Mapping[str, str], more: Mapping[str, Any]) -> str:
    told = dict(values)
    if more:
        told[MORE] = escaped_json(orjson.dumps(more).decode())
    return "".join(f" {name}={quoteattr(value)}" for name, value in told.items())


def _json(properties: Any) -> dict[str, Any]:
    return orjson.loads(properties) if isinstance(properties, bytes) else properties or {}
