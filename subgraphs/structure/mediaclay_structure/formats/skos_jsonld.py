"""SKOS in JSON-LD (https://www.w3.org/TR/json-ld11/): one line for each node, in document order, its context inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from rdflib.term import Literal, Node

from mediaclay_structure.formats.skos_terms import SKOS, TYPE, named
from mediaclay_structure.formats.skos_values import Triple


def document(subjects: Sequence[Sequence[Triple]]) -> bytes:
    """The document of all subjects, each with its triples."""
    # An IRI of the scheme `skos:` would be taken for one of our short forms.
    short = not any(_iri(term).startswith("skos:") for triples in subjects for triple in triples for term in triple)
    context = {"skos": {"@id": SKOS, "@prefix": True}} if short else {}
    blocks = b",\n".join(_block(triples, short=short) for triples in subjects)
    return b'{"@context":' + orjson.dumps(context) + b',"@graph":[\n' + blocks + b"\n]}\n"


def _block(triples: Sequence[Triple], *, short: bool) -> bytes:
    found: dict[str, Any] = {}
    for node, predicate, value in triples:
        found["@id"] = named(node)
        if predicate == TYPE and not isinstance(value, Literal):
            found.setdefault("@type", []).append(_name(value, short=short))
        else:
            found.setdefault(_name(predicate, short=short), []).append(_value(value))
    return orjson.dumps(found)


def _iri(term: Node) -> str:
    return str(term.datatype) if isinstance(term, Literal) else str(term)


def _name(term: Node, *, short: bool) -> str:
    text = str(term)
    return f"skos:{text.removeprefix(SKOS)}" if short and text.startswith(SKOS) else named(term)


def _value(value: Node) -> Any:
    if not isinstance(value, Literal):
        return {"@id": named(value)}
    if value.language:
        return {"@value": str(value), "@language": value.language}
    return str(value) if value.datatype is None else {"@value": str(value), "@type": str(value.datatype)}
