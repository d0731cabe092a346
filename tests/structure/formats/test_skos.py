"""SKOS: any graph comes back the same, and so does any tree; nothing is fetched, and broken files say where."""

import io
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
import rdflib
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mediaclay_structure.formats import skos_files, skos_parse
from mediaclay_structure.formats.line import BadLine, LinkLine, NodeLine
from mediaclay_structure.formats.slug import slugify, unique
from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic

SKOS = "http://www.w3.org/2004/02/skos/core#"
PREFIXES = f"""@prefix skos: <{SKOS}> . @prefix ex: <http://example.org/> . @prefix clay: <urn:mediaclay:> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix dct: <http://purl.org/dc/terms/> .
"""
READ = {"turtle": skos_files.read_turtle, "json-ld": skos_files.read_json_ld}
WRITER = {"turtle": skos_files.TurtleWriter, "json-ld": skos_files.JsonLdWriter}
PARSE = {"turtle": skos_parse.turtle, "json-ld": skos_parse.json_ld}
BOTH = pytest.mark.parametrize("form", ["turtle", "json-ld"])


def read(content: bytes | str, form: str = "turtle") -> list[Any]:
    return list(READ[form](io.BytesIO(content.encode() if isinstance(content, str) else content)))


def write(lines: list[Any], form: str = "turtle") -> bytes:
    writer = WRITER[form]()
    parts = [writer.head()]
    parts += [writer.line(line) for line in lines if isinstance(line, NodeLine)]
    parts += [writer.link(line) for line in lines if isinstance(line, LinkLine)]
    return b"".join([*parts, writer.tail()])


def graph_of(text: str) -> Graph:
    return skos_parse.turtle((PREFIXES + text).encode())


def kept(lines: list[Any]) -> list[Any]:
    """The lines as an export tells them after an import: with the slugs that were made of the names."""
    taken: dict[Any, set[str]] = {}
    for line in lines:
        if isinstance(line, NodeLine):
            siblings = taken.setdefault(line.parent, set())
            line.slug = line.slug or unique(slugify(line.name), siblings)
            siblings.add(line.slug)
    return lines


def tree(lines: list[Any]) -> dict[str, str | None]:
    names = {line.id: line.name for line in lines if isinstance(line, NodeLine)}
    return {line.name: names.get(line.parent) for line in lines if isinstance(line, NodeLine)}


def links(lines: list[Any]) -> set[tuple[str, str, str]]:
    names = {line.id: line.name for line in lines if isinstance(line, NodeLine)}
    return {(names[x.source], x.kind, names[x.target]) for x in lines if isinstance(x, LinkLine)}


AWKWARD = {
    "nothing": "",
    "a concept alone": "ex:a a skos:Concept .",
    "languages": 'ex:a a skos:Concept ; skos:prefLabel "Hund"@de, "dog"@en, "dog"@en-GB ; skos:altLabel "d", "d"@en .',
    "two labels without language": 'ex:a a skos:Concept ; skos:prefLabel "b", "a" .',
    "labels that are no names": 'ex:a skos:prefLabel " a ", "", """b\n"""@en, "1"^^xsd:integer, ex:b .',
    "datatypes": 'ex:a skos:notation "01"^^xsd:integer, "1"^^xsd:integer, 1.50, 1e3, true, "x"^^xsd:string, "x", '
    '"2020-99-99"^^xsd:date, "y"^^ex:mine, "<b/>"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral> .',
    "broader and narrower": "ex:a skos:narrower ex:b . ex:b skos:broader ex:a . ex:c skos:broader ex:a .",
    "narrower alone": "ex:a skos:narrower ex:b, ex:c . ex:c a skos:Concept .",
    "several broader": "ex:a skos:broader ex:c, ex:b, ex:d . ex:d skos:broader ex:b .",
    "a circle": "ex:a skos:broader ex:b . ex:b skos:broader ex:c . ex:c skos:broader ex:a . ex:d skos:broader ex:b .",
    "a circle with a way out": "ex:a skos:broader ex:b ; skos:inScheme ex:s . ex:b skos:broader ex:a, ex:c .",
    "broader than itself": "ex:a skos:broader ex:a ; skos:related ex:a ; skos:topConceptOf ex:a .",
    "two schemes": "ex:s a skos:ConceptScheme ; skos:hasTopConcept ex:a . ex:t a skos:ConceptScheme . "
    "ex:a skos:inScheme ex:s, ex:t ; skos:topConceptOf ex:t . ex:b skos:broader ex:a ; skos:inScheme ex:t, ex:s .",
    "a scheme that is not described": "ex:a skos:inScheme ex:s ; skos:topConceptOf ex:s . ex:b skos:inScheme ex:s .",
    "a scheme in a scheme": "ex:s a skos:ConceptScheme ; skos:inScheme ex:t . ex:t skos:hasTopConcept ex:u .",
    "what is concept and scheme": "ex:a a skos:Concept, skos:ConceptScheme, ex:Thing ; skos:broader ex:b .",
    "relations": "ex:a skos:related ex:b ; skos:exactMatch ex:b, <http://elsewhere.org/x> . ex:b skos:related ex:a ; "
    "skos:broadMatch ex:c ; skos:narrowerTransitive ex:a ; ex:near ex:a ; skos:strange ex:a . ex:c a skos:Concept .",
    "other predicates": "ex:a a skos:Concept ; dct:creator ex:me ; ex:p ex:q, ex:me . ex:me dct:title 'Me' .",
    "a type that is described": "ex:a a ex:T . ex:T a skos:Concept ; a ex:T .",
    "collections": "ex:k a skos:Collection ; skos:member ex:a, ex:l ; skos:prefLabel 'k' ; skos:inScheme ex:s . "
    "ex:l skos:member ex:b . ex:a a skos:Concept .",
    "ordered collections": "ex:k a skos:OrderedCollection ; skos:memberList (ex:b ex:a ex:b) . ex:a a skos:Concept . "
    "ex:l skos:memberList () . ex:m skos:memberList (1 'x'@en (2 [ex:p ex:a]) []) .",
    "broken lists": "ex:a ex:p [rdf:first 1, 2 ; rdf:rest rdf:nil], [rdf:first 1 ; rdf:rest ex:b], [rdf:first 1], "
    "[rdf:first 1 ; rdf:rest (2 3)] . _:x rdf:first 1 ; rdf:rest _:x . ex:b ex:p _:y . _:y rdf:first 1 ; rdf:rest _:z ."
    " ex:c ex:p _:z . _:z rdf:first 2 ; rdf:rest () .",
    "blank nodes": "ex:a skos:definition [rdf:value 'x'@en ; dct:source [ex:p 1], [ex:p 1], []] ; ex:p [], [] .",
    "blank nodes that are shared": "ex:a ex:p _:x ; ex:q _:x . ex:b ex:p _:x . _:x ex:p _:y, [ex:p _:y] .",
    "blank nodes in circles": "_:x ex:p _:y . _:y ex:p _:x . _:z ex:p _:z . ex:a ex:p _:u . _:u ex:p _:u .",
    "blank concepts": "_:x a skos:Concept ; skos:broader _:y ; skos:inScheme [] . ex:a skos:narrower _:x ; ex:p _:y .",
    "odd IRIs": "<skos:a> <clay:b> <http://example.org/ä%20ö> ; <a:b> <c:d> . <urn:uuid:NOT> a skos:Concept . "
    "<urn:uuid:0189ABCD-0000-7000-8000-000000000001> <http://www.w3.org/2004/02/skos/core#a:b> 1 ; "
    "<http://www.w3.org/2004/02/skos/core#> 2 ; <http://www.w3.org/2004/02/skos/core#@id> 3 .",
    "odd texts": r"""ex:a skos:note "\"\\\n\r\t\u0001\u007f\u2028\U0001F600'", "" ; skos:prefLabel "\u00a0" .""",
}


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
@BOTH
def test_an_awkward_graph_comes_back_the_same(text, form):
    prefix = "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    before = graph_of(prefix + text)
    lines = read(PREFIXES + prefix + text)
    assert not [line for line in lines if isinstance(line, BadLine)]
    written = write(kept(lines), form)
    assert isomorphic(PARSE[form](written), before)
    assert b"urn:mediaclay:" not in written.replace(b"@prefix clay: <urn:mediaclay:>", b"")
    again = read(written, form)
    assert isomorphic(PARSE["turtle"](write(kept(again))), before)


def seen_before(node: URIRef | BNode) -> st.SearchStrategy[Any]:
    return st.just(node)


things: list[Any] = [URIRef(f"http://example.org/{x}") for x in "abcdef"] + [BNode(x) for x in "uvwx"]
classes = [URIRef(SKOS + x) for x in ("Concept", "ConceptScheme", "Collection", "OrderedCollection")]
predicates = [
    *(URIRef(SKOS + x) for x in ("broader", "narrower", "topConceptOf", "hasTopConcept", "inScheme", "related")),
    *(URIRef(SKOS + x) for x in ("member", "memberList", "prefLabel", "altLabel", "exactMatch")),
    URIRef("http://example.org/p"), RDF.first, RDF.rest, RDF.type,
]  # fmt: skip
literals = [
    Literal("dog"), Literal("Hund", lang="de"), Literal("dog", lang="en"), Literal(" dog "), Literal("cat"),
    Literal("1", datatype=rdflib.XSD.integer),
]  # fmt: skip
triples = st.tuples(
    st.sampled_from(things), st.sampled_from(predicates), st.sampled_from([*things, *literals, *classes, RDF.nil])
) | st.tuples(st.sampled_from(things), st.just(RDF.type), st.sampled_from(classes))


@given(st.lists(triples, max_size=25))
@settings(max_examples=80, deadline=None)
def test_any_graph_comes_back_the_same(found):
    before = Graph()
    for triple in found:
        before.add(triple)
    lines = read(before.serialize(format="nt"))
    for form in READ:
        assert isomorphic(PARSE[form](write(kept(lines), form)), before)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
names = texts.map(lambda text: text.strip() or "Dog") | st.sampled_from(["dog", "Dog", "cat", "b"])
told = st.sampled_from(
    [
        {}, {"skos": {}}, {"skos": 5}, {"skos": {"altLabel": ["x"]}}, {"skos": {"altLabel": ["y", "x"]}},
        {"skos": {"prefLabel": ["aaa"]}}, {"skos": {"prefLabel": ["dog"]}}, {"skos": {"@language": "en"}},
        {"skos": {"@language": "en", "prefLabel": ["cat", "dog"]}}, {"skos": {"@language": 7, "broader": ["x"]}},
        {"skos": {"@stated": []}}, {"skos": {"@stated": ["type"]}}, {"skos": {"@stated": ["type", "prefLabel"]}},
        {"skos": {"@stated": ["narrower", "broader"]}}, {"skos": {"@stated": ["broader", "narrower"]}, "a": 1},
        {"skos": {"@stated": ["prefLabel", "hasTopConcept", "inScheme"], "prefLabel": ["b"]}},
        {"skos": {"@id": "http://example.org/a"}}, {"skos": {"@id": "_:x y"}}, {"skos": {"@id": "_:x"}},
        {"skos": {"http://example.org/p": [{"http://example.org/p": ["x"]}, {"@list": ["x", {}]}]}},
        {"skos": {"http://example.org/p": [{"@list": []}, 5]}}, {"skos": {"http://example.org/p q": ["x"]}},
        {"skos": {"http://example.org/p": [{"@id": "_:x y"}]}}, {"skos": {"inScheme": [{"@id": "http://x.org/"}]}},
        {"skos": {"urn:mediaclay:name": ["x"]}}, {"skos": {f"{RDF.type}": [{"@id": f"{SKOS}Concept"}]}},
        {"skos": {"broader": [{"http://example.org/p": ["x"]}]}}, {"skos": {"altLabel": [], "note": "x"}},
        {"skos": {f"{RDF.type}": [{"@id": f"{SKOS}Collection"}]}}, {"skos": {SKOS + "note": ["x"]}},
    ]
)  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
kinds = st.sampled_from(["concept", "concept-scheme", "collection", "ordered-collection", "resource", "node"]) | names
link_kinds = st.sampled_from(
    ["broader", "narrower", "inScheme", "topConceptOf", "hasTopConcept", "related", "near", "a:b", "urn:mediaclay:kind",
     "urn:mediaclay:link:x", str(RDF.type), f"{SKOS}broader", "Ä / %"]
) | names  # fmt: skip


@st.composite
def branches(draw):
    """A tree in document order with unique slugs, and links among its nodes, its top and what lies outside."""
    size = draw(st.integers(0, 7))
    ids = [uuid5(NAMESPACE_URL, f"own {n}") for n in range(size)]
    above = [draw(st.sampled_from([None, *range(n)])) for n in range(size)]
    lines: list[Any] = []
    taken: dict[Any, set[str]] = {}

    def add(parent):
        for n in [n for n in range(size) if above[n] == parent]:
            name = draw(names)
            siblings = taken.setdefault(parent, set())
            slug = unique(draw(st.sampled_from([slugify(name), "x", "Z z"])), siblings)
            siblings.add(slug)
            properties = draw(told) | draw(st.dictionaries(texts.filter("skos".__ne__), values, max_size=2))
            lines.append(
                NodeLine(
                    id=ids[n], parent=None if parent is None else ids[parent], kind=draw(kinds), name=name, slug=slug,
                    properties=properties,
                )
            )  # fmt: skip
            add(n)

    add(None)
    ends = st.sampled_from([None, UUID(int=7), *ids])
    found = draw(st.lists(st.tuples(ends, link_kinds, ends), unique=True, max_size=5))
    lines += [
        LinkLine(source=a, kind=kind, target=b, properties=draw(st.just({}) | st.just({"km": 4})))
        for a, kind, b in found
    ]
    return lines


def link_order(line: Any) -> tuple[str, str, str]:
    return str(line.source), line.kind, str(line.target)


@given(branches())
@settings(max_examples=80, deadline=None)
@example([NodeLine(id=UUID(int=1), kind="concept", name="a", slug="a")])
def test_any_branch_comes_back_the_same(lines):
    for form in READ:
        found = read(write(lines, form), form)
        nodes = [line for line in lines if isinstance(line, NodeLine)]
        assert [line for line in found if isinstance(line, NodeLine)] == nodes
        before = sorted((line for line in lines if isinstance(line, LinkLine)), key=link_order)
        assert sorted(found[len(nodes) :], key=link_order) == before
