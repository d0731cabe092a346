"""A SKOS graph as lines: a tree of nodes, parents first, and behind them what else the graph says as links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import orjson
from mediaclay_kernel.errors import BadUserInput, ClayError
from rdflib import Graph
from rdflib.term import BNode, Node

from mediaclay_structure.formats import checks
from mediaclay_structure.formats.line import MAX_LINE_BYTES, BadLine, LinkLine, NodeLine
from mediaclay_structure.formats.skos_blank import Blanks, blanks
from mediaclay_structure.formats.skos_colors import in_order
from mediaclay_structure.formats.skos_shape import children, chosen, kinds, labels, names, parents
from mediaclay_structure.formats.skos_stated import LABEL, STATED, Tree
from mediaclay_structure.formats.skos_terms import (
    KIND,
    NAME,
    PARENT,
    POSITION,
    PREF_LABEL,
    PROPERTIES,
    SCHEME,
    SLUG,
    SOURCE,
    TARGET,
    identify,
    is_kind,
    link_kind,
    named,
    order,
    own_id,
)
from mediaclay_structure.formats.skos_values import encoded
from mediaclay_structure.formats.slug import slugify, unique
from mediaclay_structure.limits import check_slug

SKOS_KEY = "skos"
"""The property that holds what the tree does not say."""

_OURS = frozenset((KIND, NAME, SLUG, POSITION, PARENT, PROPERTIES))


def lines(graph: Graph, digest: str) -> Iterator[NodeLine | LinkLine | BadLine]:
    """The nodes and then the links of a graph; `digest` tells its blank nodes from those of other files."""
    sorted_blanks = blanks(graph)
    if sorted_blanks.apart:
        _relabel(graph, sorted_blanks.apart, digest)
        sorted_blanks = blanks(graph)
    reader = _Reader.of(graph, sorted_blanks)
    number = 0
    for number, line in enumerate(reader.nodes(), 1):
        line_numbered = _checked(line, number)
        yield line_numbered
    for further, link in enumerate(reader.links(), number + 1):
        if isinstance(link, str):
            yield BadLine(further, link, BadUserInput.code)
        else:
            link.number = further
            yield link


def _relabel(graph: Graph, apart: list[BNode], digest: str) -> None:
    """Gives blank nodes that stand for themselves labels that are the same whenever the file is read again."""
    new = {old: BNode(f"{digest}-{number}") for number, old in enumerate(in_order(graph, apart), 1)}
    for old in apart:
        for triple in [*graph.triples((old, None, None)), *graph.triples((None, None, old))]:
            graph.remove(triple)
            subject, predicate, value = triple
            graph.add((_renamed(new, subject), predicate, _renamed(new, value)))


def _renamed(new: dict[BNode, BNode], term: Any) -> Any:
    return new.get(term, term) if isinstance(term, BNode) else term


def _checked(line: NodeLine | BadLine, number: int) -> NodeLine | BadLine:
    if isinstance(line, BadLine):
        return BadLine(number, line.message, line.code)
    line.number = number
    try:
        checks.without_null(line.properties)
        checks.properties(line.properties, MAX_LINE_BYTES)
    except ClayError as error:
        return BadLine(number, f"{_iri(line)}: {error.message}", error.code)
    return line


def _iri(line: NodeLine) -> str:
    told = cast("dict[str, Any]", line.properties).get(SKOS_KEY)
    return str(cast("dict[str, Any]", told).get("@id", line.id) if isinstance(told, dict) else line.id)


@dataclass(frozen=True, slots=True)
class _Reader:
    graph: Graph
    blanks: Blanks
    names: dict[Node, str]
    below: dict[Node | None, list[Node]]
    tree: Tree

    @classmethod
    def of(cls, graph: Graph, sorted_blanks: Blanks) -> _Reader:
        found = kinds(graph, sorted_blanks)
        called = names(graph, found)
        above = parents(graph, found)
        below = children(graph, called, above)
        return cls(graph, sorted_blanks, called, below, Tree(found, above, schemes(found, above, below)))

    def nodes(self) -> Iterator[NodeLine | BadLine]:
        """In document order, without numbers."""
        waiting: list[tuple[Node, str | None]] = [*reversed(self._slugs(None))]
        while waiting:
            node, slug = waiting.pop()
            yield self._node(node, slug)
            waiting += reversed(self._slugs(node))

    def _slugs(self, parent: Node | None) -> list[tuple[Node, str | None]]:
        """The children with their slugs: None where the one made of the name will do, and nobody knew another."""
        taken: set[str] = set()
        found: list[tuple[Node, str | None]] = []
        for node in self.below.get(parent, []):
            said = self._said_slug(node)
            slug = said if said is not None and said not in taken else unique(slugify(self.names[node]), taken)
            taken.add(slug)
            found.append((node, None if slug != said and own_id(node) is None else slug))
        return found

    def _said_slug(self, node: Node) -> str | None:
        said = list(self.graph.objects(node, SLUG))
        try:
            return check_slug(str(said[0])) if len(said) == 1 else None
        except ClayError:
            return None

    def _node(self, node: Node, slug: str | None) -> NodeLine | BadLine:
        above = self.tree.above.get(node)
        try:
            properties = self._properties(node)
        except BadUserInput as error:
            return BadLine(0, f"{named(node)}: {error.message}", error.code)
        except TypeError:
            return BadLine(0, f"{named(node)}: A text holds half of a surrogate pair.", BadUserInput.code)
        return NodeLine(
            id=identify(node),
            parent=None if above is None else identify(above),
            kind=self.tree.kinds[node],
            name=self.names[node],
            slug=slug,
            properties=properties,
        )

    def _properties(self, node: Node) -> dict[str, Any]:
        label = chosen(labels(self.graph, node), self.names[node])
        told: dict[str, Any] = {} if own_id(node) else {"@id": named(node)}
        if label is not None and label.language:
            told["@language"] = label.language
        stated = [
            one for one, triple in {LABEL: None, **self.tree.sayable(node)}.items()
            if (label is not None if triple is None else triple in self.graph)
        ]  # fmt: skip
        stated.sort(key=STATED.index)
        if stated != self.tree.usual(node):
            told["@stated"] = stated
        rest = [
            (predicate, value)
            for predicate, value in self.graph.predicate_objects(node)
            if predicate not in _OURS
            and not (predicate == PREF_LABEL and value == label)
            and not self.tree.says(node, predicate, value)
            and not self._is_link(node, predicate, value)
        ]
        return _together(self._own(node), told | encoded(self.graph, self.blanks, rest))

    def _is_link(self, node: Node, predicate: Node, value: Node) -> bool:
        return value in self.tree.kinds and value != node and link_kind(predicate) is not None

    def _own(self, node: Node) -> dict[str, Any]:
        said = list(self.graph.objects(node, PROPERTIES))
        return _object(said[0] if len(said) == 1 else None) if said else {}

    def links(self) -> Iterator[LinkLine | str]:
        """Links by their sources, then those that our own words say; a text says what is wrong with one."""
        for node in self._in_order():
            found = [
                (kind, value)
                for predicate, value in self.graph.predicate_objects(node)
                if self._is_link(node, predicate, value) and not self.tree.says(node, predicate, value)
                if (kind := link_kind(predicate)) is not None
            ]
            for kind, value in sorted(found, key=lambda one: (one[0], order(one[1]))):
                yield LinkLine(kind=kind, source=identify(node), target=identify(value))
        for node in sorted(self.blanks.links, key=str):
            try:
                yield self._link(node)
            except BadUserInput as error:
                yield f"A link: {error.message}"

    def _in_order(self) -> Iterator[Node]:
        waiting = [*reversed(self.below.get(None, []))]
        while waiting:
            yield (node := waiting.pop())
            waiting += reversed(self.below.get(node, []))

    def _link(self, node: Node) -> LinkLine:
        said = [str(value) for value in self.graph.objects(node, KIND)]
        if len(said) != 1 or not is_kind(said[0]):
            raise BadUserInput("It needs one kind.")
        return LinkLine(
            kind=said[0],
            source=self._end(node, SOURCE),
            target=self._end(node, TARGET),
            properties=self._own(node),
        )

    def _end(self, node: Node, end: Node) -> UUID | None:
        said = list(self.graph.objects(node, end))
        if len(said) > 1:
            raise BadUserInput("It has two ends on one side.")
        return identify(said[0]) if said else None


def schemes(
    kinds_found: dict[Node, str],
    above: dict[Node, Node],
    below: dict[Node | None, list[Node]],
) -> dict[Node, Node]:
    """The concept scheme nearest above each node that has one above it."""
    found: dict[Node, Node] = {}
    waiting = [*below.get(None, [])]
    while waiting:
        node = waiting.pop()
        up = above.get(node)
        if up is not None and (scheme := up if kinds_found[up] == SCHEME else found.get(up)) is not None:
            found[node] = scheme
        waiting += below.get(node, [])
    return found


def _object(said: Node | None) -> dict[str, Any]:
    try:
        found: object = orjson.loads(str(said))
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise BadUserInput("Its properties must be one JSON object.")
    return cast("dict[str, Any]", found)


def _together(own: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Properties of our own with what SKOS says; what ours say of it too goes first."""
    if not told:
        return own
    ours = own.get(SKOS_KEY, {})
    if not isinstance(ours, dict):
        raise BadUserInput(f"Its properties have no object for {SKOS_KEY!r}.")
    return own | {SKOS_KEY: told | cast("dict[str, Any]", ours)}
