"""SKOS in Turtle (https://www.w3.org/TR/turtle/): one paragraph for each node, in document order."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rdflib.term import BNode, Literal, Node

from mediaclay_structure.formats.skos_terms import CLAY, SKOS, TYPE
from mediaclay_structure.formats.skos_values import Triple

PREFIXES = {"skos": SKOS, "clay": CLAY, "xsd": "http://www.w3.org/2001/XMLSchema#"}

_LOCAL = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def head() -> bytes:
    """The prefixes."""
    return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()).encode()


def block(triples: Iterable[Triple]) -> bytes:
    """All triples of one subject."""
    subject, said = "", list[str]()
    for node, predicate, value in triples:
        subject = _term(node)
        said.append(f"{'a' if predicate == TYPE else _term(predicate)} {_term(value)}")
    whole = " ;\n    ".join(said)
    return f"\n{subject} {whole} .\n".encode()


def _term(term: Node) -> str:
    if isinstance(term, BNode):
        return f"_:{term}"
    if not isinstance(term, Literal):
        return _iri(str(term))
    text = _ESCAPED.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04X}", str(term))
    if term.language:
        return f'"{text}"@{term.language}'
    return f'"{text}"' if term.datatype is None else f'"{text}"^^{_iri(str(term.datatype))}'


def _iri(iri: str) -> str:
    for name, start in PREFIXES.items():
        if iri.startswith(start) and _LOCAL.match(iri, len(start)):
            return f"{name}:{iri[len(start) :]}"
    return f"<{iri}>"
