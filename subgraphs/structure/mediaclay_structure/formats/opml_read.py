"""OPML as lines, in memory that grows with the depth of the outline and the breadth of one folder only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid5
from xml.sax import SAXParseException  # defusedxml's parser raises it
from xml.sax.handler import ContentHandler  # and calls it
from xml.sax.xmlreader import AttributesImpl, Locator

import orjson
from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser
from mediaclay_kernel.errors import BadUserInput, ClayError

from mediaclay_structure.formats import checks
from mediaclay_structure.formats.line import MAX_LINE_BYTES, BadLine, NodeLine
from mediaclay_structure.formats.lines import CHUNK_BYTES, Readable, Source
from mediaclay_structure.formats.opml_words import DECLARED, DOCUMENT, MORE, OUTLINE, VERSION, is_type, name_of
from mediaclay_structure.formats.slug import slugify, unique

_KNOWN = ("id", "slug", "name", "kind", "properties", "top")


def read(source: Source) -> Iterator[NodeLine | BadLine]:
    """Each outline as a node or as what is wrong with it. Where the XML itself is broken, that is the last line."""
    parser = DefusedExpatParser()
    handler = _Handler(parser)
    parser.setContentHandler(handler)
    try:
        # What is never fed can't be closed either: an empty file is no XML.
        parser.feed(b"")
        for chunk in _chunks(source):
            parser.feed(chunk)
            yield from handler.taken()
        parser.close()
    except SAXParseException as error:
        yield from handler.taken()
        yield BadLine(error.getLineNumber() or 1, f"This is not XML: {error.getMessage()}.", BadUserInput.code)
    except DefusedXmlException:
        yield from handler.taken()
        yield BadLine(handler.number, "The file defines entities, or points outside; it is refused.", BadUserInput.code)
    else:
        yield from handler.taken()


def _chunks(source: Source) -> Iterator[bytes]:
    if not isinstance(source, Readable):
        yield from source
        return
    while chunk := source.read(CHUNK_BYTES):
        yield chunk


@dataclass(slots=True)
class _Level:
    """A node that is open: known by its id or else by its path; `taken` are the slugs of its children."""

    id: UUID | None = None
    path: str | None = ""
    taken: set[str] = field(default_factory=set[str])


class _Handler(ContentHandler):
    def __init__(self, locator: Locator) -> None:
        super().__init__()
        self._locator = locator
        self._lines: list[NodeLine | BadLine] = []
        self._levels = [_Level()]
        self._way: list[str] = []
        self._root: dict[str, str] = {}
        self._head: dict[str, Any] = {}
        self._text: list[str] = []
        self._is_other = False

    @property
    def number(self) -> int:
        """The line of the file that is being read."""
        return self._locator.getLineNumber() or 1

    def taken(self) -> list[NodeLine | BadLine]:
        """The lines since the last call."""
        found, self._lines = self._lines, []
        return found

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        told: dict[str, str] = dict(attrs.items())
        self._text.clear()
        self._way.append(name)
        match self._way:
            case ["opml"]:
                self._root = told
                if "version" not in told:
                    self._refuse(f"<opml> names no version; it is read as {VERSION}.")
            case [_]:
                self._is_other = True
                self._refuse(f"This is not OPML: it begins with <{name}>.")
            case _ if self._is_other:
                pass
            case ["opml", "head"] if not told:
                pass
            case ["opml", "head", _] if not told:
                pass
            case ["opml", "body"]:
                self._body(told)
            case ["opml", "body", *outlines] if set(outlines) == {OUTLINE}:
                self._outline(told)
            case _:
                self._refuse(f"OPML as it is kept here has no place for <{name}> there, or for its attributes.")

    def characters(self, content: str) -> None:
        self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        text = "".join(self._text)
        if len(self._way) == 3 and self._way[1] == "head":
            self._head.setdefault(name, []).append(text)
        elif text.strip() and not self._is_other:
            self._refuse(f"OPML has no text inside <{name}>.")
        if self._way[:2] == ["opml", "body"] and len(self._way) > 2 and set(self._way[2:]) == {OUTLINE}:
            self._levels.pop()
        self._text.clear()
        self._way.pop()

    def _refuse(self, message: str) -> None:
        self._lines.append(BadLine(self.number, message, _CODE))

    def _body(self, told: dict[str, str]) -> None:
        """The node of the document, where its head says anything."""
        more = told.pop(MORE, None)
        if told:
            self._refuse("OPML as it is kept here has no place for attributes of <body>.")
        attributes = {name: value for name, value in self._root.items() if name not in (DECLARED, "version")}
        version = self._root.get("version", VERSION)
        if not (more or self._head or attributes or version != VERSION):
            return
        head = {name: texts[0] if len(texts) == 1 else texts for name, texts in self._head.items()}
        title = self._head.get("title", [None])[0]
        head["title"] = head.get("title")
        name = name_of(title)
        if head["title"] == name:
            del head["title"]
        properties: dict[str, Any] = {"head": head}
        if version != VERSION:
            properties["version"] = version
        if attributes:
            properties["attributes"] = attributes
        self._node(NodeLine(kind=DOCUMENT, name=name, properties=properties), more)

    def _outline(self, told: dict[str, str]) -> None:
        more = told.pop(MORE, None)
        text, kind = told.pop("text", None), told.get("type", "")
        name = name_of(text)
        properties: dict[str, Any] = dict(told)
        if text != name:
            properties["text"] = text
        if is_type(kind):
            del properties["type"]
        self._node(NodeLine(kind=kind if is_type(kind) else OUTLINE, name=name, properties=properties), more)

    def _node(self, line: NodeLine, more: str | None) -> None:
        line.number = self.number
        above, slug, own = self._levels[-1], None, None
        try:
            said = {} if more is None else _more(more)
            above = self._levels[0] if said.get("top") is True else above
            own, slug = checks.identifier(said.get("id")), checks.slug(said.get("slug"), None)
            _complete(line, said)
        except ClayError as error:
            self._lines.append(BadLine(self.number, error.message, error.code))
            line.number = 0
        self._place(line, above, own, slug)
        if line.number:
            self._lines.append(self._checked(line))

    def _place(self, line: NodeLine, above: _Level, own: UUID | None, slug: str | None) -> None:
        """Says where a node stands: by its path, or by ids from the first node on that has one of its own."""
        line.slug = slug if slug is not None and slug not in above.taken else unique(slugify(line.name), above.taken)
        above.taken.add(line.slug)
        if own is None and above.path is not None:
            line.path = f"{above.path}/{line.slug}"
            self._levels.append(_Level(path=line.path))
            return
        line.id = own or uuid5(cast("UUID", above.id), line.slug)
        line.parent = above.id or above.path or None
        self._levels.append(_Level(line.id, None))

    def _checked(self, line: NodeLine) -> NodeLine | BadLine:
        try:
            if line.path is not None:
                checks.path(line.path)
            checks.without_null(line.properties)
            checks.properties(line.properties, MAX_LINE_BYTES)
        except ClayError as error:
            return BadLine(self.number, error.message, error.code)
        return line


_CODE = BadUserInput.code


def _more(text: str) -> dict[str, Any]:
    try:
        found: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadUserInput(f"{MORE!r} is not JSON: {error.msg}.") from None
    if not isinstance(found, dict):
        raise BadUserInput(f"{MORE!r} must be a JSON object.")
    told = cast("dict[str, Any]", found)
    checks.known(told, _KNOWN)
    return told


def _complete(line: NodeLine, said: dict[str, Any]) -> None:
    """Adds what OPML could not say."""
    if "name" in said:
        line.name = checks.name(said["name"])
    if "kind" in said:
        line.kind = checks.kind(said["kind"])
    told = cast("dict[str, Any]", line.properties)
    told |= checks.properties(said.get("properties"), 0)
