"""SKOS in its two syntaxes, read and written line by line to the outside; inside, a whole graph is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from uuid import UUID

from rdflib import Graph
from rdflib.term import BNode, Node

from mediaclay_structure.formats import skos_jsonld, skos_parse, skos_turtle
from mediaclay_structure.formats.line import BadLine, Fields, LinkLine, NodeLine
from mediaclay_structure.formats.lines import Readable, Source
from mediaclay_structure.formats.skos_read import lines
from mediaclay_structure.formats.skos_terms import PREF_LABEL, TYPE
from mediaclay_structure.formats.skos_values import Triple
from mediaclay_structure.formats.skos_write import Graphing, Written

_DIGITS = 16


def read_turtle(source: Source) -> Iterator[NodeLine | LinkLine | BadLine]:
    """The lines of a Turtle document; one that can't be read is one bad line."""
    return _read(source, skos_parse.turtle)


def read_json_ld(source: Source) -> Iterator[NodeLine | LinkLine | BadLine]:
    """The lines of a JSON-LD document; one that can't be read is one bad line."""
    return _read(source, skos_parse.json_ld)


def _read(source: Source, parse: Callable[[bytes], Graph]) -> Iterator[NodeLine | LinkLine | BadLine]:
    content = source.read(-1) if isinstance(source, Readable) else b"".join(source)
    try:
        graph = parse(content)
    except skos_parse.Malformed as error:
        yield BadLine(error.line, error.message, error.code)
        return
    digest = sha256(content).hexdigest()[:_DIGITS]
    del content
    yield from lines(graph, digest)


class _Writer:
    """Collects the lines of a branch; everything is written at the end, since what is said of a node hangs on others."""

    def __init__(self, top: UUID | None = None) -> None:
        self._graphing = Graphing()

    def head(self) -> bytes:
        """Nothing yet."""
        return b""

    def line(self, node: Fields) -> bytes:
        """Takes a node. Raises `BadUserInput`."""
        self._graphing.node(node)
        return b""

    def link(self, link: Fields) -> bytes:
        """Takes a link. Raises `BadUserInput`."""
        self._graphing.link(link)
        return b""

    def _written(self) -> Written:
        with skos_parse.exactly():
            return self._graphing.written()


class TurtleWriter(_Writer):
    """Writes SKOS in Turtle."""

    def tail(self) -> bytes:
        """The document."""
        return skos_turtle.head() + b"".join(map(skos_turtle.block, subjects(self._written())))


class JsonLdWriter(_Writer):
    """Writes SKOS in JSON-LD."""

    def tail(self) -> bytes:
        """The document."""
        return skos_jsonld.document(list(subjects(self._written())))


def subjects(written: Written) -> Iterator[list[Triple]]:
    """The triples of each subject: the nodes in document order, each with the blank nodes inside it, then the links."""
    told: set[Node] = set()
    known = {*written.nodes, *written.links}
    for start in (*written.nodes, *written.links):
        waiting: list[Node] = [start]
        while waiting:
            node = waiting.pop()
            if node in told:
                continue
            told.add(node)
            found = _sorted(written.graph.triples((node, None, None)))
            if found:
                yield found
            waiting += [value for _, _, value in reversed(found) if isinstance(value, BNode) and value not in known]


def _sorted(triples: Iterable[tuple[Node, Node, Node]]) -> list[Triple]:
    def place(triple: tuple[Node, Node, Node]) -> tuple[bool, bool, str, str, str]:
        _, predicate, value = triple
        language = getattr(value, "language", None) or ""
        return predicate != TYPE, predicate != PREF_LABEL, str(predicate), language, str(value)

    return sorted(triples, key=place)  # pyright: ignore[reportReturnType]
