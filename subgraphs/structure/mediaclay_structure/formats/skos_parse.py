"""Turtle and JSON-LD to a graph, by rdflib: nothing is fetched, and literals stay as they are written."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

import orjson
import rdflib
from mediaclay_kernel.errors import BadUserInput
from rdflib import Graph
from rdflib.term import Literal, Node, URIRef

from mediaclay_structure.formats.checks import shown
from mediaclay_structure.formats.skos_terms import is_iri

_NOWHERE = "relative://document/"
"""The base against which a relative IRI is read, so that it can be told and refused."""

_BROKEN = (SyntaxError, ValueError, AssertionError, LookupError, TypeError, AttributeError, NameError, RecursionError)
"""What rdflib's parsers raise at broken input."""

_one_at_a_time = Lock()


class Malformed(BadUserInput):
    """A document that can't be read, with the line at which the reading ended, from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def turtle(content: bytes) -> Graph:
    """The graph of a Turtle document. Raises Malformed."""
    return _parsed(content, "turtle")


def json_ld(content: bytes) -> Graph:
    """The graph of a JSON-LD document whose contexts all stand in it. Raises Malformed."""
    try:
        document: object = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"This is not JSON: {error.msg}.", error.lineno) from None
    _refuse_outside(document)
    return _parsed(content, "json-ld")


def _parsed(content: bytes, form: str) -> Graph:
    graph = Graph()
    try:
        with exactly():
            graph.parse(data=content.decode(), format=form, publicID=_NOWHERE)
    except _BROKEN as error:
        raise Malformed(f"This is not {_TITLES[form]}: {_reason(error)}", _line(error)) from None
    for term in {term for triple in graph for term in triple}:
        _check(term)
    return graph


_TITLES = {"turtle": "Turtle", "json-ld": "JSON-LD"}


@contextmanager
def exactly() -> Generator[None]:
    """Keeps literals as they are written while it lasts, and silent about those that are not of their type."""
    # rdflib would make "01"^^xsd:integer "1", log each literal that is not of its type with a traceback, and warn of
    # what its own parser of JSON-LD uses. All three are settings of the whole process.
    log = logging.getLogger("rdflib.term")
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        before, level = rdflib.NORMALIZE_LITERALS, log.level
        rdflib.NORMALIZE_LITERALS = False
        log.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            rdflib.NORMALIZE_LITERALS = before
            log.setLevel(level)


def _check(term: Node) -> None:
    iri = term.datatype if isinstance(term, Literal) else term if isinstance(term, URIRef) else None
    if iri is None:
        return
    if iri.startswith(_NOWHERE):
        raise Malformed(f"{shown(iri.removeprefix(_NOWHERE))} is a relative IRI, and the document names no base.")
    if not is_iri(iri):
        raise Malformed(f"{shown(str(iri))} is not an IRI.")


def _reason(error: BaseException) -> str:
    text = re.sub(r"\Aat line \d+ of <>:\s*", "", str(error).strip())
    return shown(" ".join(text.split()) or type(error).__name__)[1:-1] + "."


def _line(error: BaseException) -> int:
    found = re.match(r"at line (\d+)", str(error))
    return int(found[1]) if found else 1


def _refuse_outside(document: object) -> None:
    """Refuse what would have to be fetched, and what would be lost: graphs with names of their own."""
    if not isinstance(document, dict | list):
        raise Malformed("A JSON-LD document must be an object or an array.")
    tops: list[Any] = cast("list[Any]", document) if isinstance(document, list) else [document]
    for top in tops:
        if isinstance(top, dict):
            told = cast("dict[str, Any]", top)
            if "@graph" in told and told.keys() - {"@graph", "@context"}:
                raise Malformed("A graph with a name of its own can't be kept; SKOS needs none.")
    waiting: list[Any] = [value for top in tops for value in _values(top, at_top=True)]
    while waiting:
        value = waiting.pop()
        if value == "@graph" or (isinstance(value, dict) and "@graph" in value):
            raise Malformed("A graph with a name of its own can't be kept; SKOS needs none.")
        waiting += _values(value)


def _values(value: Any, *, at_top: bool = False) -> list[Any]:
    if isinstance(value, list):
        return cast("list[Any]", value)
    if not isinstance(value, dict):
        return []
    told = cast("dict[str, Any]", value)
    for context in _listed(told.get("@context")):
        if isinstance(context, str):
            raise Malformed(f"The context {shown(context)} would have to be fetched; put it into the document.")
    if "@import" in told:
        raise Malformed(f"The context {shown(told['@import'])} would have to be fetched; put it into the document.")
    return [inner for name, inner in told.items() if not (at_top and name == "@graph")] + (
        _listed(told.get("@graph")) if at_top else []
    )


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
