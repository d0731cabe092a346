"""An order of blank nodes that follows from what is said of them: a parser's own order is another one at each reading."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from rdflib import Graph
from rdflib.term import BNode, Node

Colors = dict[Node, str]


def in_order(graph: Graph, nodes: Iterable[BNode]) -> list[BNode]:
    """These blank nodes by their colors.

    A color is a hash of all triples around a node, in which other blank nodes stand as their colors of the round
    before; rounds go on while they tell more nodes apart (color refinement). Nodes of one color are alike in all that
    is said of them and around them.
    """
    around = _around(graph)
    colors: Colors = dict.fromkeys(around, "")
    told = 0
    while (apart := len(set(colors.values()))) > told:
        told = apart
        colors = {node: _color(triples, colors) for node, triples in around.items()}
    return sorted(nodes, key=lambda node: colors[node])


def _around(graph: Graph) -> dict[Node, list[tuple[Node, Node, Node]]]:
    around: dict[Node, list[tuple[Node, Node, Node]]] = {}
    for triple in graph:
        for end in {triple[0], triple[2]}:
            if isinstance(end, BNode):
                around.setdefault(end, []).append(triple)
    return around


def _color(triples: Iterable[tuple[Node, Node, Node]], colors: Colors) -> str:
    told = sorted(" ".join(colors.get(term, term.n3()) for term in triple) for triple in triples)
    return sha256("\n".join(told).encode()).hexdigest()
