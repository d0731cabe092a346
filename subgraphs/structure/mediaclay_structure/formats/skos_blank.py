"""Which blank nodes are part of what refers to them, and which stand for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import Graph
from rdflib.term import BNode, Node

from mediaclay_structure.formats.skos_terms import (
    CLASSES,
    FIRST,
    KIND,
    LINK,
    NIL,
    PLACES,
    REST,
    SOURCE,
    TARGET,
    TYPE,
    is_label,
)

DEEPEST = 16
"""How deep blank nodes are kept inside one another; what lies deeper stands for itself."""


@dataclass(frozen=True, slots=True)
class Blanks:
    """`inside`: those kept inside what refers to them, the cells of lists among them. `lists`: items by the first cell.

    `links`: those that say a link of ours. `apart`: all others, in the order of the graph.
    """

    inside: frozenset[Node]
    lists: dict[Node, list[Node]]
    links: frozenset[Node]
    apart: list[BNode]


def blanks(graph: Graph) -> Blanks:
    """Sorts the blank nodes of a graph."""
    above = _referrers(graph)
    links = frozenset(s for s in graph.subjects(TYPE, LINK) if isinstance(s, BNode) and not above.get(s))
    standing = _standing(graph, above) - links
    lists, cells = _lists(graph, above, standing)
    depth = _depths(above, standing | links, cells)
    inside = frozenset(b for b in above if b not in standing and depth[b] is not None) - links
    apart = [b for b in above if b not in inside and b not in links]
    return Blanks(inside, {head: items for head, items in lists.items() if head in inside}, links, apart)


def _referrers(graph: Graph) -> dict[BNode, list[Node]]:
    """Each blank node with the subjects that refer to it."""
    found: dict[BNode, list[Node]] = {}
    for subject, _, value in graph:
        if isinstance(subject, BNode):
            found.setdefault(subject, [])
        if isinstance(value, BNode):
            found.setdefault(value, []).append(subject)
    return found


def _standing(graph: Graph, above: dict[BNode, list[Node]]) -> set[Node]:
    """Those that can't be inside: what is referred to never or twice, what SKOS has a class for, what has a place."""
    found: set[Node] = {b for b, by in above.items() if len(by) != 1}
    for kind in CLASSES.values():
        found.update(s for s in graph.subjects(TYPE, kind) if isinstance(s, BNode))
    for place in PLACES:
        for subject, value in graph.subject_objects(place):
            found.update(end for end in (subject, value) if isinstance(end, BNode))
    found.update(s for s in graph.subjects(KIND) if isinstance(s, BNode))
    for end in (SOURCE, TARGET):
        found.update(value for value in graph.objects(None, end) if isinstance(value, BNode))
    return found


def _lists(
    graph: Graph, above: dict[BNode, list[Node]], standing: set[Node]
) -> tuple[dict[Node, list[Node]], dict[Node, Node]]:
    """The items of each well-formed list by its first cell, and the first cell of each other cell."""
    lists: dict[Node, list[Node]] = {}
    heads: dict[Node, Node] = {}
    whole = {b for b in above if b not in standing and _is_cell(graph, b)}
    for head in whole:
        if above[head][0] in whole and graph.value(above[head][0], REST, any=False) == head:
            continue
        items: list[Node] = []
        cells: list[Node] = []
        cell: Node | None = head
        while cell in whole:
            cells.append(cell)
            items.append(next(iter(graph.objects(cell, FIRST))))
            cell = next(iter(graph.objects(cell, REST)))
        if cell == NIL:
            lists[head] = items
            heads |= dict.fromkeys(cells[1:], head)
    return lists, heads


def _is_cell(graph: Graph, node: Node) -> bool:
    predicates = sorted(str(p) for p, _ in graph.predicate_objects(node))
    return predicates == [str(FIRST), str(REST)]


def _depths(above: dict[BNode, list[Node]], standing: set[Node], heads: dict[Node, Node]) -> dict[Node, int | None]:
    """How deep each lies inside what stands for itself, a list counted once; None for what is to stand for itself.

    That is what refers to itself in a circle, and each one that would lie too deep.
    """
    depth: dict[Node, int | None] = dict.fromkeys(standing)
    for start in sorted(above):
        way: dict[BNode, None] = {}
        at: Node = start
        while isinstance(at, BNode) and at not in depth and at not in way:
            way[at] = None
            at = above[at][0]
        if at in way:
            first = min(list(way)[[*map(str, way)].index(str(at)) :], key=_first)
            depth[first] = None
            # Begin anew: the circle is open now.
            way = _way(above, depth, start)
        for node in reversed(way):
            by = above[node][0]
            over = depth.get(by)
            along = node in heads and depth[heads[node]] is not None
            lies = (0 if over is None else over) + (0 if along else 1)
            depth[node] = lies if lies <= DEEPEST else None
    return depth


def _first(node: Node) -> tuple[bool, str]:
    # One that was read as standing for itself does so when it is written: those inside it get labels by chance.
    return not is_label(str(node)), str(node)


def _way(above: dict[BNode, list[Node]], depth: dict[Node, int | None], start: BNode) -> dict[BNode, None]:
    way: dict[BNode, None] = {}
    at: Node = start
    while isinstance(at, BNode) and at not in depth:
        way[at] = None
        at = above[at][0]
    return way
