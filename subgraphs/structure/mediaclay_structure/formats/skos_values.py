"""What the tree does not say of a resource, as JSON: `{"altLabel": ["cat", {"@value": "Katze", "@language": "de"}]}`.

Values are a text, a `{"@value"}` with `@language` or `@type`, an `{"@id"}`, a `{"@list"}`, or, for a blank node that
nothing else refers to, an object of its own properties. They stand in the order of their JSON, so that there is
one way only to say a thing: what is said otherwise, `Decoder` refuses, and it stays JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

import orjson
from rdflib import Graph
from rdflib.term import BNode, Literal, Node, URIRef

from mediaclay_structure.formats.skos_blank import DEEPEST, Blanks
from mediaclay_structure.formats.skos_terms import (
    CLASSES,
    FIRST,
    NIL,
    PLACES,
    REST,
    TYPE,
    is_iri,
    key,
    named,
    predicate_of,
    term_named,
)

Triple = tuple[Node, Node, Node]

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")


def encoded(graph: Graph, blanks: Blanks, pairs: Iterable[tuple[Node, Node]]) -> dict[str, Any]:
    """Predicates and objects of one subject as JSON."""
    found: dict[str, list[Any]] = {}
    for predicate, value in pairs:
        found.setdefault(key(predicate), []).append(_encoded(graph, blanks, value))
    return {called: sorted(found[called], key=_rank) for called in sorted(found)}


def is_language(given: object) -> bool:
    """Whether a value is a language tag (RFC 5646)."""
    return isinstance(given, str) and _LANGUAGE.match(given) is not None


def _encoded(graph: Graph, blanks: Blanks, value: Node) -> Any:
    if isinstance(value, Literal):
        if value.language:
            return {"@value": str(value), "@language": value.language}
        return str(value) if value.datatype is None else {"@value": str(value), "@type": str(value.datatype)}
    if value not in blanks.inside:
        return {"@id": named(value)}
    if (items := blanks.lists.get(value)) is not None:
        return {"@list": [_encoded(graph, blanks, item) for item in items]}
    return encoded(graph, blanks, graph.predicate_objects(value))


def _rank(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


class Decoder:
    """Makes triples of such JSON, each call those of one predicate."""

    def __init__(self) -> None:
        self._made: list[Triple] = []

    def triples(self, subject: Node, called: str, values: object) -> list[Triple]:
        """The triples that one key stands for. Raises ValueError where `encoded` would not have said it so."""
        self._made = []
        self._values(subject, called, values, 0)
        return self._made

    def _values(self, subject: Node, called: str, given: object, depth: int) -> None:
        predicate = predicate_of(called)
        if not isinstance(given, list) or not given or depth > DEEPEST:
            raise ValueError(called)
        values = cast("list[Any]", given)
        ranks = [_rank(value) for value in values]
        if ranks != sorted(ranks):
            raise ValueError(called)
        for place, value in enumerate(values):
            if predicate != REST and _is_list(value):
                raise ValueError(called)
            term = self._term(value, depth)
            twice = place > 0 and ranks[place] == ranks[place - 1]
            inside = _is_inside(value)
            if (twice and not inside) or (inside and predicate in PLACES):
                raise ValueError(called)
            self._made.append((subject, predicate, term))

    def _term(self, value: Any, depth: int) -> Node:
        if isinstance(value, str):
            return Literal(value)
        if not isinstance(value, dict):
            raise ValueError(str(value))
        told = cast("dict[str, Any]", value)
        match told:
            case {"@id": str(name)} if len(told) == 1:
                return term_named(name)
            case {"@value": str(text), "@language": str(language)} if len(told) == 2 and is_language(language):
                return Literal(text, lang=language)
            case {"@value": str(text), "@type": str(kind)} if len(told) == 2 and is_iri(kind):
                return Literal(text, datatype=URIRef(kind))
            case {"@list": [*items]} if len(told) == 1 and items:
                return self._list(items, depth)
            case _:
                return self._nested(told, depth)

    def _list(self, items: list[Any], depth: int) -> BNode:
        head = cell = BNode()
        for place, item in enumerate(items):
            following = BNode() if place < len(items) - 1 else NIL
            self._made.append((cell, FIRST, self._term(item, depth + 1)))
            self._made.append((cell, REST, following))
            cell = following
        return head

    def _nested(self, told: dict[str, Any], depth: int) -> BNode:
        if any(str(place) in {str(predicate_of(called)) for called in told} for place in PLACES):
            raise ValueError(str(told))
        if any(str(kind) in _ids(told.get(str(TYPE))) for kind in CLASSES.values()):
            raise ValueError(str(told))
        node = BNode()
        for called, values in told.items():
            self._values(node, called, values, depth + 1)
        return node


def _is_inside(value: object) -> bool:
    return isinstance(value, dict) and not {"@id", "@value"} & cast("dict[str, Any]", value).keys()


def _is_list(value: object) -> bool:
    """Whether an object spells out what would be a `@list`."""
    at: Any = value
    while isinstance(at, dict):
        told = cast("dict[str, Any]", at)
        first, rest = told.get(str(FIRST)), told.get(str(REST))
        if len(told) != 2 or not (isinstance(first, list) and len(cast("list[Any]", first)) == 1):
            return told is not value and "@list" in told
        if not (isinstance(rest, list) and len(cast("list[Any]", rest)) == 1):
            return False
        if rest == [{"@id": str(NIL)}]:
            return True
        at = cast("list[Any]", rest)[0]
    return False


def _ids(values: object) -> set[str]:
    listed: list[Any] = cast("list[Any]", values) if isinstance(values, list) else []
    return {cast("dict[str, Any]", value).get("@id", "") for value in listed if isinstance(value, dict)}
