"""The tree that a SKOS graph says: its nodes, what they are called, where each one stands and in which order.

What reads a graph goes by these rules, and what writes one asks them what a reader would find, so as to say with our
own words only what the words of SKOS do not say already.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from rdflib import Graph
from rdflib.namespace import DC, DCTERMS, RDFS
from rdflib.term import BNode, Literal, Node, URIRef

from mediaclay_structure.formats.skos_blank import Blanks
from mediaclay_structure.formats.skos_terms import (
    BROADER,
    CLASSES,
    HAS_TOP,
    IN_SCHEME,
    KIND,
    NAME,
    NARROWER,
    PARENT,
    PLACES,
    POSITION,
    PREF_LABEL,
    RESOURCE,
    SCHEME,
    TOP,
    TOP_OF,
    TYPE,
    is_kind,
    order,
    skos,
)
from mediaclay_structure.limits import NAME_CHARACTERS

_NAMELESS = "unnamed"

Terms = Mapping[Node, str]


def kinds(graph: Graph, blanks: Blanks) -> dict[Node, str]:
    """Each node with its kind: what is described by an IRI, what stands at either end of a place, and what is apart."""
    found: dict[Node, str] = {s: RESOURCE for s in graph.subjects(unique=True) if isinstance(s, URIRef)}
    for place in PLACES:
        found |= {end: RESOURCE for end in graph.objects(None, place) if isinstance(end, URIRef)}
    found |= dict.fromkeys(blanks.apart, RESOURCE)
    for nodes, kind in _implied(graph):
        found |= {node: kind for node in nodes if node in found}
    for kind, word in reversed(CLASSES.items()):
        found |= {node: kind for node in graph.subjects(TYPE, word) if node in found}
    for node, said in graph.subject_objects(KIND):
        if node in found and _is_text(said) and is_kind(str(said)):
            found[node] = str(said)
    return found


def _implied(graph: Graph) -> Iterator[tuple[Iterable[Node], str]]:
    """What something is by the words that it is used with, the stronger ones last."""
    yield graph.subjects(skos("member")), "collection"
    yield graph.subjects(skos("memberList")), "ordered-collection"
    for word in (BROADER, NARROWER):
        yield (end for ends in graph.subject_objects(word) for end in ends), "concept"
    yield graph.subjects(TOP_OF), "concept"
    yield graph.objects(None, HAS_TOP), "concept"
    yield graph.subjects(HAS_TOP), SCHEME
    yield graph.objects(None, TOP_OF), SCHEME
    yield graph.objects(None, IN_SCHEME), SCHEME


def names(graph: Graph, nodes: Iterable[Node]) -> dict[Node, str]:
    """What each node is called: by our own word, by its first label that can be a name, or by the end of its IRI."""
    return {node: _name(graph, node) for node in nodes}


def _name(graph: Graph, node: Node) -> str:
    said = [str(value) for value in graph.objects(node, NAME) if _is_text(value)]
    if len(said) == 1 and usable(said[0]) == said[0]:
        return said[0]
    for word in (PREF_LABEL, RDFS.label, DCTERMS.title, DC.title):
        for label in sorted(labels(graph, node, word), key=rank):
            if name := usable(str(label)):
                return name
    if isinstance(node, BNode):
        return _NAMELESS
    end = str(node).rstrip("/#").replace("#", "/").rpartition("/")[2]
    return usable(unquote(end)) or usable(str(node)[-NAME_CHARACTERS:]) or _NAMELESS


def labels(graph: Graph, node: Node, word: URIRef = PREF_LABEL) -> list[Literal]:
    """The labels of a node, in any language."""
    return [value for value in graph.objects(node, word) if isinstance(value, Literal) and value.datatype is None]


def rank(label: Literal) -> tuple[int, str, str]:
    """The order in which labels are taken for the name: without language, English, the others by their tags."""
    language = (label.language or "").lower()
    first = 0 if not language else 1 if language == "en" else 2 if language.startswith("en-") else 3
    return first, label.language or "", str(label)


def chosen(among: Iterable[Literal], name: str) -> Literal | None:
    """The label that is the name."""
    return min((label for label in among if str(label) == name), key=rank, default=None)


def usable(text: str) -> str | None:
    """A text as a name, or None where it can't be one."""
    name = text.strip()
    return name if 0 < len(name) <= NAME_CHARACTERS and "\0" not in name else None


def parents(graph: Graph, nodes: Terms) -> dict[Node, Node]:
    """The parent of each node that has one.

    It is the one that our own word names, or else the first, by IRI, of the broader concepts (also where only
    `narrower` says so), of the schemes that it is a top concept of, and of the schemes that it is in. Where these go
    round in a circle, its least node takes its next choice.
    """
    choices = {node: found for node in nodes if (found := _choices(graph, nodes, node))}
    at = dict.fromkeys(choices, 0)
    while True:
        above = {node: choices[node][place] for node, place in at.items() if place < len(choices[node])}
        least = [min(circle, key=order) for circle in circles(above)]
        if not least:
            return above
        for node in least:
            at[node] += 1


def _choices(graph: Graph, nodes: Terms, node: Node) -> list[Node]:
    said = list(graph.objects(node, PARENT))
    if len(said) == 1 and (said[0] == TOP or said[0] in nodes):
        return [up for up in said if up != TOP]
    tiers = (
        {*graph.objects(node, BROADER), *graph.subjects(NARROWER, node)},
        {*graph.objects(node, TOP_OF), *graph.subjects(HAS_TOP, node)},
        {*graph.objects(node, IN_SCHEME)},
    )
    return [up for tier in tiers for up in sorted(tier, key=order) if up in nodes and up != node]


def circles(above: Mapping[Node, Node]) -> Iterator[list[Node]]:
    """The circles in which a map of parents goes round."""
    safe: set[Node] = set()
    for start in above:
        way: dict[Node, None] = {}
        at: Node = start
        while at in above and at not in safe and at not in way:
            way[at] = None
            at = above[at]
        if at in way:
            yield list(way)[list(way).index(at) :]
        safe.update(way)


def children(graph: Graph, named: Mapping[Node, str], above: Mapping[Node, Node]) -> dict[Node | None, list[Node]]:
    """The nodes below each node, and below None the topmost: by our own position, then by name, then by IRI."""
    below: dict[Node | None, list[Node]] = {}
    for node in named:
        below.setdefault(above.get(node), []).append(node)
    for siblings in below.values():
        siblings.sort(key=lambda node: (_position(graph, node), *by_name(node, named[node])))
    return below


def by_name(node: Node, name: str) -> tuple[str, str, tuple[bool, str]]:
    """The order of siblings where nothing else is said."""
    return name.casefold(), name, order(node)


def nearest_scheme(node: Node, above: Mapping[Node, Node], nodes: Terms) -> Node | None:
    """The concept scheme nearest above a node."""
    at = above.get(node)
    while at is not None and nodes[at] != SCHEME:
        at = above.get(at)
    return at


def _position(graph: Graph, node: Node) -> float:
    said = [str(value) for value in graph.objects(node, POSITION)]
    return (
        int(said[0]) if len(said) == 1 and said[0].isascii() and said[0].isdigit() and len(said[0]) < 16 else math.inf
    )


def _is_text(value: Node) -> bool:
    return isinstance(value, Literal) and not value.language and value.datatype is None
