"""The words of SKOS, our own words beside them, and which word stands for which key, kind and id.

https://www.w3.org/TR/skos-reference/. Ours are in `urn:mediaclay:`; docs/formats.md lists them.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, UUID, uuid5

from rdflib.namespace import RDF
from rdflib.term import BNode, Node, URIRef

from mediaclay_structure.limits import KIND_CHARACTERS

SKOS = "http://www.w3.org/2004/02/skos/core#"
CLAY = "urn:mediaclay:"
LINK_PREFIX = f"{CLAY}link:"
UUID_PREFIX = "urn:uuid:"

TYPE, FIRST, REST, NIL = RDF.type, RDF.first, RDF.rest, RDF.nil


def skos(name: str) -> URIRef:
    """The word of SKOS of that name."""
    return URIRef(SKOS + name)


def clay(name: str) -> URIRef:
    """Our own word of that name."""
    return URIRef(CLAY + name)


PREF_LABEL, BROADER, NARROWER = skos("prefLabel"), skos("broader"), skos("narrower")
TOP_OF, HAS_TOP, IN_SCHEME = skos("topConceptOf"), skos("hasTopConcept"), skos("inScheme")
KIND, NAME, SLUG, POSITION = clay("kind"), clay("name"), clay("slug"), clay("position")
PARENT, PROPERTIES, TOP = clay("parent"), clay("properties"), clay("top")
LINK, SOURCE, TARGET = clay("Link"), clay("source"), clay("target")

PLACES = (BROADER, NARROWER, TOP_OF, HAS_TOP, IN_SCHEME)
"""What says where a node stands: both of its ends are nodes, even where they are not described."""

CLASSES = {
    "concept-scheme": skos("ConceptScheme"),
    "ordered-collection": skos("OrderedCollection"),
    "collection": skos("Collection"),
    "concept": skos("Concept"),
}
"""Our kinds and the classes that they stand for; the first one wins where something has several."""

SCHEME = "concept-scheme"
RESOURCE = "resource"
"""The kind of what is described and is nothing of SKOS."""

_LINKS = frozenset(
    (
        "semanticRelation",
        "broader",
        "narrower",
        "related",
        "broaderTransitive",
        "narrowerTransitive",
        "mappingRelation",
        "closeMatch",
        "exactMatch",
        "broadMatch",
        "narrowMatch",
        "relatedMatch",
        "member",
        "memberList",
        "inScheme",
        "hasTopConcept",
        "topConceptOf",
    )
)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|\\^`\ud800-\udfff]*\Z")
_LABEL = re.compile(r"[0-9a-f]{16}-[0-9]+\Z")


def is_iri(text: str) -> bool:
    """Whether a text is an absolute IRI that every syntax of RDF can write."""
    return _IRI.match(text) is not None


def class_of(kind: str) -> URIRef | None:
    """What a node of that kind is in SKOS: what is no scheme, collection or mere resource is a concept."""
    return None if kind == RESOURCE else CLASSES.get(kind, CLASSES["concept"])


def identify(term: Node) -> UUID:
    """The id of a node: the UUID of a `urn:uuid:`, otherwise made of the IRI (RFC 9562, version 5)."""
    return own_id(term) or uuid5(NAMESPACE_URL, named(term))


def own_id(term: Node) -> UUID | None:
    """The UUID of a `urn:uuid:` in its usual form: a node that was ours before."""
    text = str(term)
    if isinstance(term, BNode) or not text.startswith(UUID_PREFIX):
        return None
    try:
        found = UUID(text.removeprefix(UUID_PREFIX))
    except ValueError:
        return None
    return found if text == f"{UUID_PREFIX}{found}" else None


def named(term: Node) -> str:
    """An IRI, or the label of a blank node, as text."""
    return f"_:{term}" if isinstance(term, BNode) else str(term)


def is_label(text: str) -> bool:
    """Whether a label is one that we give to blank nodes that stand for themselves: 16 digits of their file's hash."""
    return _LABEL.match(text) is not None


def term_named(text: str) -> URIRef | BNode:
    """What `named` made. Raises ValueError where that can't be."""
    if text.startswith("_:") and is_label(text[2:]):
        return BNode(text[2:])
    if not is_iri(text):
        raise ValueError(text)
    return URIRef(text)


def key(predicate: Node) -> str:
    """How a predicate is called in properties: a word of SKOS by itself, any other one by its IRI."""
    word = str(predicate).removeprefix(SKOS)
    return word if word and ":" not in word and word[0] != "@" else str(predicate)


def predicate_of(called: str) -> URIRef:
    """What `key` made. Raises ValueError where that can't be."""
    found = URIRef(called if ":" in called else SKOS + called)
    if not is_iri(str(found)) or key(found) != called:
        raise ValueError(called)
    return found


def link_kind(predicate: Node) -> str | None:
    """The kind of a link that a predicate says; None for one that stays a property."""
    text = str(predicate)
    if text.startswith(LINK_PREFIX):
        kind = unquote(text.removeprefix(LINK_PREFIX))
        return kind if is_kind(kind) and _encoded(kind) == text else None
    if predicate == TYPE or text.startswith(CLAY):
        return None
    word = text.removeprefix(SKOS)
    kind = word if text.startswith(SKOS) and word in _LINKS else text
    return kind if is_kind(kind) else None


def link_predicate(kind: str) -> URIRef:
    """The predicate that says a link of that kind."""
    plain = URIRef(SKOS + kind if kind in _LINKS else kind)
    return plain if is_iri(str(plain)) and link_kind(plain) == kind else URIRef(_encoded(kind))


def is_kind(text: str) -> bool:
    """Whether a text can be the kind of a node or a link."""
    return 0 < len(text) <= KIND_CHARACTERS and text == text.strip() and "\0" not in text


def order(term: Node) -> tuple[bool, str]:
    """The order of IRIs, with blank nodes behind them: that of their code points."""
    return isinstance(term, BNode), str(term)


def _encoded(kind: str) -> str:
    return LINK_PREFIX + quote(kind, safe="")
