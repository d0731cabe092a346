"""Lines as a SKOS graph. What SKOS has no word for is said with words of our own, and only where it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import orjson
from mediaclay_kernel.errors import BadUserInput
from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from mediaclay_structure.formats.line import Fields
from mediaclay_structure.formats.skos_blank import blanks
from mediaclay_structure.formats.skos_read import SKOS_KEY, schemes
from mediaclay_structure.formats.skos_shape import by_name, chosen, kinds, names, parents
from mediaclay_structure.formats.skos_stated import LABEL, STATED, Tree
from mediaclay_structure.formats.skos_terms import (
    CLAY,
    KIND,
    LINK,
    NAME,
    PARENT,
    PLACES,
    POSITION,
    PREF_LABEL,
    PROPERTIES,
    SLUG,
    SOURCE,
    TARGET,
    TOP,
    TYPE,
    UUID_PREFIX,
    identify,
    link_predicate,
    term_named,
)
from mediaclay_structure.formats.skos_values import Decoder, Triple, is_language
from mediaclay_structure.formats.slug import slugify, unique


@dataclass(slots=True)
class Written:
    """The graph of a branch, and its nodes in document order."""

    graph: Graph = field(default_factory=Graph)
    nodes: list[Node] = field(default_factory=list[Node])
    links: list[Node] = field(default_factory=list[Node])


@dataclass(slots=True)
class _Kept:
    term: Node
    kind: str
    name: str
    slug: str | None
    properties: dict[str, Any]


class Graphing:
    """Takes the lines of a branch, nodes in document order and then links, and makes their graph."""

    def __init__(self) -> None:
        self._nodes: dict[UUID, _Kept] = {}
        self._above: dict[Node, Node] = {}
        self._links: list[tuple[str, UUID | None, UUID | None, dict[str, Any]]] = []

    def node(self, line: Fields) -> None:
        """Takes a node that has an id and, unless it hangs on the branch's top, its parent's. Raises `BadUserInput`."""
        identity, parent = line.get("id"), line.get("parent")
        if not isinstance(identity, UUID) or not (parent is None or parent in self._nodes):
            raise BadUserInput("RDF is written of nodes with ids, parents before their children.")
        properties = _json(line.get("properties"))
        term = _term(identity, properties)
        self._nodes[identity] = _Kept(term, line.get("kind"), line.get("name"), line.get("slug"), properties)
        if parent is not None:
            self._above[term] = self._nodes[parent].term

    def link(self, line: Fields) -> None:
        """Takes a link whose ends are ids, None for the branch's top. Raises `BadUserInput`."""
        ends = line.get("source"), line.get("target")
        if not all(end is None or isinstance(end, UUID) for end in ends):
            raise BadUserInput("RDF is written of links whose ends are ids.")
        self._links.append((line.get("kind"), *ends, _json(line.get("properties"))))

    def written(self) -> Written:
        """The graph."""
        found = Written(nodes=[node.term for node in self._nodes.values()])
        below: dict[Node | None, list[Node]] = {}
        for term in found.nodes:
            below.setdefault(self._above.get(term), []).append(term)
        kinds_known = {node.term: node.kind for node in self._nodes.values()}
        tree = Tree(kinds_known, self._above, schemes(kinds_known, self._above, below))
        for node in self._nodes.values():
            _Describing(found.graph, tree, node).write()
        for link in self._links:
            self._write_link(found, tree, *link)
        _Correcting(found.graph, tree, below, {node.term: node for node in self._nodes.values()}).write()
        return found

    def _write_link(
        self, found: Written, tree: Tree, kind: str, source: UUID | None, target: UUID | None, said: Mapping[str, Any]
    ) -> None:
        ends = [end if end is None else self._end(end) for end in (source, target)]
        triple = (ends[0], link_predicate(kind), ends[1])
        inside = source in self._nodes and target in self._nodes and source != target
        if inside and not said and not tree.says(*cast("Triple", triple)):
            found.graph.add(cast("Triple", triple))
            return
        link = BNode(f"link{len(found.links) + 1}")
        found.links.append(link)
        found.graph.add((link, TYPE, LINK))
        found.graph.add((link, KIND, Literal(kind)))
        for word, end in zip((SOURCE, TARGET), ends, strict=True):
            if end is not None:
                found.graph.add((link, word, end))
        if said:
            found.graph.add((link, PROPERTIES, _literal(said)))

    def _end(self, node: UUID) -> Node:
        return self._nodes[node].term if node in self._nodes else URIRef(f"{UUID_PREFIX}{node}")


class _Describing:
    """One node: what the tree says of it, what its properties hold of SKOS, and the rest of them as JSON."""

    def __init__(self, graph: Graph, tree: Tree, node: _Kept) -> None:
        self._graph, self._tree, self._node = graph, tree, node
        self._left: dict[str, Any] = {}
        told = node.properties.get(SKOS_KEY)
        self._told: dict[str, Any] = cast("dict[str, Any]", told) if isinstance(told, dict) else {}

    def write(self) -> None:
        """Adds its triples to the graph."""
        self._left = dict(self._told)
        if self._told and self._node.term == _named_in(self._told):
            del self._left["@id"]
        stated = self._stated()
        opened = self._opened()
        label = self._label(opened) if LABEL in stated else None
        self._keep_labels_apart(opened, label)
        sayable = self._tree.sayable(self._node.term)
        self._add([sayable[one] for one in stated if one in sayable])
        self._add([] if label is None else [(self._node.term, PREF_LABEL, label)])
        for triples in opened.values():
            self._add(triples)
        self._write_rest()

    def _stated(self) -> list[str]:
        usual = self._tree.usual(self._node.term)
        given = self._told.get("@stated")
        possible = {LABEL, *self._tree.sayable(self._node.term)}
        if isinstance(given, list) and given == [one for one in STATED if one in given and one in possible] != usual:
            del self._left["@stated"]
            return cast("list[str]", given)
        return usual

    def _opened(self) -> dict[str, list[Triple]]:
        """The triples of each key that can be told in RDF as it stands."""
        found: dict[str, list[Triple]] = {}
        for called, values in self._told.items():
            if called.startswith("@"):
                continue
            try:
                triples = Decoder().triples(self._node.term, called, values)
            except ValueError:
                continue
            if not any(self._is_taken(*triple) for triple in triples):
                found[called] = triples
                del self._left[called]
        return found

    def _is_taken(self, subject: Node, predicate: Node, value: Node) -> bool:
        """Whether a reader would take a triple for something else than a property."""
        if subject != self._node.term:
            return False
        elsewhere = predicate in PLACES and not isinstance(value, Literal) and value != subject
        return elsewhere or str(predicate).startswith(CLAY) or self._tree.says(subject, predicate, value)

    def _label(self, opened: Mapping[str, Sequence[Triple]]) -> Literal:
        language = self._told.get("@language")
        if not is_language(language):
            return Literal(self._node.name)
        del self._left["@language"]
        return Literal(self._node.name, lang=cast("str", language))

    def _keep_labels_apart(self, opened: dict[str, list[Triple]], label: Literal | None) -> None:
        """Leaves the other labels to the JSON where one of them would be taken for the name."""
        others = [value for _, _, value in opened.get(LABEL, []) if isinstance(value, Literal) and not value.datatype]
        found = chosen([*others, *([] if label is None else [label])], self._node.name)
        if found != label or label in others:
            del opened[LABEL]
            self._left[LABEL] = self._told[LABEL]

    def _write_rest(self) -> None:
        rest = {name: value for name, value in self._node.properties.items() if name != SKOS_KEY}
        if self._left or (SKOS_KEY in self._node.properties and not self._told):
            rest[SKOS_KEY] = self._left or self._node.properties[SKOS_KEY]
        if rest:
            self._add([(self._node.term, PROPERTIES, _literal(rest))])

    def _add(self, triples: Sequence[Triple]) -> None:
        for triple in triples:
            self._graph.add(triple)


@dataclass(frozen=True, slots=True)
class _Correcting:
    """Says with words of our own what a reader of the graph would take otherwise."""

    graph: Graph
    tree: Tree
    below: Mapping[Node | None, Sequence[Node]]
    nodes: Mapping[Node, _Kept]

    def write(self) -> None:
        """Kinds first, since places hang on them; then names, on which the order hangs."""
        sorted_blanks = blanks(self.graph)
        found = kinds(self.graph, sorted_blanks)
        self._say((node.term, KIND, node.kind) for node in self.nodes.values() if found.get(node.term) != node.kind)
        found = kinds(self.graph, sorted_blanks) | dict(self.tree.kinds)
        called = names(self.graph, self.nodes)
        self._say((node.term, NAME, node.name) for node in self.nodes.values() if called[node.term] != node.name)
        self._place(found)
        for siblings in self.below.values():
            self._order(siblings)

    def _place(self, found: Mapping[Node, str]) -> None:
        said: set[Node] = set()
        while True:
            above = parents(self.graph, found)
            # Each parent that is said may open a circle, at which another node had lost its first choice.
            wrong = [n for n in self.nodes if n not in said and above.get(n) != self.tree.above.get(n)]
            if not wrong:
                return
            for node in wrong:
                self.graph.add((node, PARENT, self.tree.above.get(node, TOP)))
            said.update(wrong)

    def _order(self, siblings: Sequence[Node]) -> None:
        if list(siblings) != sorted(siblings, key=lambda node: by_name(node, self.nodes[node].name)):
            for place, node in enumerate(siblings):
                self.graph.add((node, POSITION, Literal(place)))
        taken: set[str] = set()
        for node in siblings:
            made, slug = unique(slugify(self.nodes[node].name), taken), self.nodes[node].slug
            if slug is not None and slug != made:
                self.graph.add((node, SLUG, Literal(slug)))
            taken.add(slug or made)

    def _say(self, words: Iterator[tuple[Node, URIRef, str]]) -> None:
        for node, word, said in list(words):
            self.graph.add((node, word, Literal(said)))


def _term(identity: UUID, properties: Mapping[str, Any]) -> Node:
    """The IRI that a node came with where its id is made of it; a copy has another id, and a name of its own."""
    told = properties.get(SKOS_KEY)
    term = _named_in(cast("dict[str, Any]", told)) if isinstance(told, dict) else None
    own = URIRef(f"{UUID_PREFIX}{identity}")
    return term if term is not None and term != own and identify(term) == identity else own


def _named_in(told: Mapping[str, Any]) -> Node | None:
    name = told.get("@id")
    try:
        return term_named(name) if isinstance(name, str) else None
    except ValueError:
        return None


def _json(properties: Any) -> dict[str, Any]:
    return orjson.loads(properties) if isinstance(properties, bytes) else properties or {}


def _literal(properties: Mapping[str, Any]) -> Literal:
    return Literal(orjson.dumps(properties, option=orjson.OPT_SORT_KEYS).decode())
