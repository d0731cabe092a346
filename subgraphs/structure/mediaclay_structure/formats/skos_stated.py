"""What of the tree a graph states: by which of the words of SKOS it says where a node stands, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rdflib.term import Node

from mediaclay_structure.formats.skos_shape import Terms
from mediaclay_structure.formats.skos_terms import (
    BROADER,
    HAS_TOP,
    IN_SCHEME,
    NARROWER,
    SCHEME,
    TOP_OF,
    TYPE,
    class_of,
    skos,
)
from mediaclay_structure.formats.skos_values import Triple

LABEL = "prefLabel"
STATED = ("type", LABEL, "broader", "narrower", "topConceptOf", "hasTopConcept", "inScheme")
"""What `@stated` may list, in this order."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Where each node stands: its kind, its parent, and the concept scheme nearest above it."""

    kinds: Terms
    above: Mapping[Node, Node]
    schemes: Mapping[Node, Node]

    def sayable(self, node: Node) -> dict[str, Triple]:
        """Each triple that the tree can say of a node, its label aside."""
        found: dict[str, Triple] = {}
        if (word := class_of(self.kinds[node])) is not None:
            found["type"] = (node, TYPE, word)
        if (up := self.above.get(node)) is not None:
            found["broader"], found["narrower"] = (node, BROADER, up), (up, NARROWER, node)
            found["topConceptOf"], found["hasTopConcept"] = (node, TOP_OF, up), (up, HAS_TOP, node)
        if (scheme := self.schemes.get(node)) is not None:
            found["inScheme"] = (node, IN_SCHEME, scheme)
        return found

    def usual(self, node: Node) -> list[str]:
        """What is stated of a node that does not say otherwise."""
        word, up = class_of(self.kinds[node]), self.above.get(node)
        concept = word == skos("Concept")
        found = [LABEL] if word is None else ["type", LABEL]
        if concept and up is not None and class_of(self.kinds[up]) == skos("Concept"):
            found.append("broader")
        if concept and up is not None and self.kinds[up] == SCHEME:
            found.append("topConceptOf")
        if word is not None and self.kinds[node] != SCHEME and node in self.schemes:
            found.append("inScheme")
        return found

    def says(self, subject: Node, predicate: Node, value: Node) -> bool:
        """Whether a triple is one that the tree says."""
        if predicate == TYPE:
            return value == class_of(self.kinds[subject])
        if predicate in (BROADER, TOP_OF):
            return self.above.get(subject) == value
        if predicate in (NARROWER, HAS_TOP):
            return self.above.get(value) == subject
        return predicate == IN_SCHEME and self.schemes.get(subject) == value
