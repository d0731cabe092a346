"""SKOS: any graph comes back the same, and so does any tree; nothing is fetched, and broken files say where."""

import io
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
import rdflib
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mediaclay_kernel.errors import BadUserInput
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
    names: dict[Any, str] = {line.id: line.name for line in lines if isinstance(line, NodeLine)}
    return {line.name: names.get(line.parent) for line in lines if isinstance(line, NodeLine)}


def links(lines: list[Any]) -> set[tuple[str, str, str]]:
    names: dict[Any, str] = {line.id: line.name for line in lines if isinstance(line, NodeLine)}
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
        {"skos": {"@id": "http://example.org/a"}}, {"skos": {"@id": "_:x y"}}, {"skos": {"@id": "_:0123456789abcdef-1"}},
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


CATS = """ex:animals a skos:ConceptScheme ; skos:prefLabel "Animals"@en ; skos:hasTopConcept ex:mammal .
ex:mammal a skos:Concept ; skos:prefLabel "mammal"@en, "Säugetier"@de ; skos:inScheme ex:animals .
ex:pet a skos:Concept ; skos:prefLabel "pet" ; skos:topConceptOf ex:animals .
ex:cat a skos:Concept ; skos:prefLabel "cat"@en ; skos:altLabel "kitty"@en, "puss" ; skos:broader ex:pet, ex:mammal ;
  skos:related ex:dog ; skos:inScheme ex:animals ; dct:created "2020-01-01"^^xsd:date .
ex:dog a skos:Concept ; skos:prefLabel "dog"@en . ex:mammal skos:narrower ex:dog .
"""


def test_a_concept_lies_below_its_first_broader_one_and_is_linked_with_the_others():
    lines = read(PREFIXES + CATS)
    assert tree(lines) == {"Animals": None, "mammal": "Animals", "cat": "mammal", "dog": "mammal", "pet": "Animals"}
    assert [line.name for line in lines[:5]] == ["Animals", "mammal", "cat", "dog", "pet"]
    assert links(lines) == {("cat", "broader", "pet"), ("cat", "related", "dog")}
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6, 7]


def test_what_the_tree_does_not_say_stands_in_the_properties():
    cat = read(PREFIXES + CATS)[2]
    assert cat == NodeLine(
        id=uuid5(NAMESPACE_URL, "http://example.org/cat"),
        parent=uuid5(NAMESPACE_URL, "http://example.org/mammal"),
        kind="concept",
        name="cat",
        properties={
            "skos": {
                "@id": "http://example.org/cat",
                "@language": "en",
                "altLabel": ["puss", {"@value": "kitty", "@language": "en"}],
                "http://purl.org/dc/terms/created": [
                    {"@value": "2020-01-01", "@type": "http://www.w3.org/2001/XMLSchema#date"}
                ],
            }
        },
    )


def test_the_least_node_of_a_circle_takes_its_next_choice():
    lines = read(
        PREFIXES + "ex:a skos:broader ex:b ; skos:inScheme ex:s . ex:b skos:broader ex:c . ex:c skos:broader ex:a ."
    )
    assert tree(lines) == {"s": None, "a": "s", "c": "a", "b": "c"}
    assert links(lines) == {("a", "broader", "b")}


def test_a_concept_that_was_moved_and_renamed_is_written_so_in_words_of_skos():
    lines = kept(read(PREFIXES + CATS))
    by_name = {line.name: line for line in lines[:5]}
    by_name["dog"].parent, by_name["dog"].name = by_name["cat"].id, "hound"
    order = [by_name[name] for name in ("Animals", "mammal", "cat", "dog", "pet")]
    written = skos_parse.turtle(write([*order, *lines[5:]]))
    dog = URIRef("http://example.org/dog")
    assert (URIRef("http://example.org/cat"), URIRef(SKOS + "narrower"), dog) in written
    assert list(written.objects(dog, URIRef(SKOS + "prefLabel"))) == [Literal("hound", lang="en")]


def test_a_copy_of_a_concept_has_a_name_of_its_own():
    [cat] = kept(read(PREFIXES + "ex:cat a skos:Concept ; skos:altLabel 'puss' ."))
    copy = NodeLine(id=UUID(int=5), kind="concept", name="cat", slug="cat-2", properties=cat.properties)
    written = write([cat, copy])
    assert read(written) == [cat, copy] or kept(read(written)) == [cat, copy]
    labels = skos_parse.turtle(written).subjects(URIRef(SKOS + "altLabel"), Literal("puss"))
    assert {str(one) for one in labels} == {"http://example.org/cat", f"urn:uuid:{UUID(int=5)}"}


def test_nodes_of_our_own_are_concepts_that_others_understand():
    top, dog = UUID(int=1), UUID(int=2)
    written = write(
        [
            NodeLine(id=top, kind="folder", name="Animals", slug="animals"),
            NodeLine(id=dog, parent=top, kind="concept", name="Dog", slug="dog", properties={"legs": 4}),
            LinkLine(kind="related", source=dog, target=top),
        ]
    )
    assert written.decode().split("\n\n")[1:] == [
        f'<urn:uuid:{top}> a skos:Concept ;\n    skos:prefLabel "Animals" ;\n    clay:kind "folder" .',
        f'<urn:uuid:{dog}> a skos:Concept ;\n    skos:prefLabel "Dog" ;\n    skos:broader <urn:uuid:{top}> ;\n'
        f'    skos:related <urn:uuid:{top}> ;\n    clay:properties "{{\\"legs\\":4}}" .\n',
    ]


@pytest.mark.parametrize("form", ["turtle", "json-ld"])
def test_a_file_has_the_same_ids_whenever_it_is_read(form):
    content = write(read(PREFIXES + CATS + "_:x a skos:Concept . _:y a skos:Concept ; skos:note 'b' ."), form)
    once, twice = read(content, form), read(content, form)
    assert len({line.id for line in once if isinstance(line, NodeLine)}) == 7
    assert once == twice


def test_a_node_of_a_parent_that_is_not_told_is_refused():
    writer = skos_files.TurtleWriter()
    with pytest.raises(BadUserInput, match="parents before their children"):
        writer.line(NodeLine(id=UUID(int=1), parent=UUID(int=2), kind="a", name="a"))


BAD = "BAD_USER_INPUT"
CONTEXT = "would have to be fetched; put it into the document."
NAMED = "A graph with a name of its own can't be kept; SKOS needs none."


@pytest.mark.parametrize(
    ("form", "content", "number", "message"),
    [
        ("turtle", PREFIXES + "\nex:a skos:broader .", 4, "This is not Turtle: "),
        ("turtle", PREFIXES + "nope:a a skos:Concept .", 3, "This is not Turtle: "),
        ("turtle", PREFIXES + "ex:a skos:note 'open .", 1, "This is not Turtle: "),
        ("turtle", b"\xff", 1, "This is not Turtle: "),
        ("turtle", PREFIXES + "<#a> a skos:Concept .", 1, "'#a' is a relative IRI, and the document names no base."),
        ("turtle", PREFIXES + "<http://a/b c> a skos:Concept .", 1, "'http://a/b c' is not an IRI."),
        ("json-ld", '{\n"@id": }', 2, "This is not JSON: unexpected character"),
        ("json-ld", '{"@context":"http://a/"}', 1, f"The context 'http://a/' {CONTEXT}"),
        ("json-ld", '[{"@context":[{},"http://a/"]}]', 1, f"The context 'http://a/' {CONTEXT}"),
        ("json-ld", '{"@context":{"@import":"http://a/"}}', 1, f"The context 'http://a/' {CONTEXT}"),
        ("json-ld", '{"@context":{"a":{"@id":"urn:a","@context":"b.json"}}}', 1, f"The context 'b.json' {CONTEXT}"),
        ("json-ld", '{"@id":"urn:a","@graph":[]}', 1, NAMED),
        ("json-ld", '{"@graph":[{"@id":"urn:a","@graph":[]}]}', 1, NAMED),
        ("json-ld", '{"@context":{"g":"@graph"},"@id":"urn:a","g":[]}', 1, NAMED),
        ("json-ld", '{"@context":5,"@id":"urn:a"}', 1, "This is not JSON-LD: "),
        ("json-ld", "5", 1, "A JSON-LD document must be an object or an array."),
    ],
)
def test_a_broken_file_says_where_and_why(form, content, number, message):
    [bad] = read(content, form)
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.code) == (number, BAD)
    assert bad.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            r"ex:a skos:note '\u0000' .",
            "http://example.org/a: A text holds the character U+0000, which can't be stored.",
        ),
        (r"ex:a skos:note '\uD800' .", "http://example.org/a: A text holds half of a surrogate pair."),
        (f"ex:a skos:note '{'x' * 262_144}' .", "http://example.org/a: 'properties' has 262,208 bytes as JSON; "),
        ("ex:a clay:properties '[]' .", "http://example.org/a: Its properties must be one JSON object."),
        ("[] a clay:Link ; clay:source ex:a .", "A link: It needs one kind."),
        ("[] a clay:Link ; clay:kind 'a' ; clay:source ex:a, ex:b .", "A link: It has two ends on one side."),
    ],
)
def test_what_can_not_be_kept_is_a_bad_line_among_good_ones(text, message):
    *good, bad = sorted(read(PREFIXES + "ex:good a skos:Concept . " + text), key=lambda line: isinstance(line, BadLine))
    assert "good" in {line.name for line in good}
    assert bad.message.startswith(message)


def test_nothing_is_fetched(monkeypatch):
    def refuse(*_: object, **__: object):
        raise AssertionError("the network was used")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    text = PREFIXES + "ex:a <http://www.w3.org/2002/07/owl#imports> <http://example.org/other> ."
    [line] = read(text)
    assert line.properties["skos"]["http://www.w3.org/2002/07/owl#imports"] == [{"@id": "http://example.org/other"}]


def test_settings_of_the_process_are_as_before_also_after_a_broken_file():
    before = rdflib.NORMALIZE_LITERALS
    read("broken")
    assert before == rdflib.NORMALIZE_LITERALS


@BOTH
def test_a_thesaurus_of_the_shape_of_wordnet_comes_back_the_same(form):
    random = Random(7)
    said = ["ex:s a skos:ConceptScheme ; skos:prefLabel 'WordNet' ."]
    for n in range(3_000):
        up = f"skos:broader ex:n{random.randrange(n)} ;" if n else "skos:topConceptOf ex:s ;"
        more = f"skos:broader ex:n{random.randrange(n)} ;" if n and n % 20 == 0 else ""
        near = f"skos:related ex:n{random.randrange(3_000)} ;" if n % 3 == 0 else ""
        said.append(
            f"ex:n{n} a skos:Concept ; skos:inScheme ex:s ; {up} {more} {near} skos:prefLabel 'word {n % 700}'@en ; "
            f"skos:altLabel 'synonym {n}'@en ; skos:definition 'what {n} is' ; skos:notation '{n:08d}-n' ."
        )
    before = graph_of("\n".join(said))
    lines = read(PREFIXES + "\n".join(said))
    written = PARSE[form](write(kept(lines), form))
    # Without blank nodes, graphs are isomorphic if they hold the same triples.
    assert set(written) == set(before)
    assert max(nesting(lines).values()) > 10


def nesting(lines: list[Any]) -> dict[Any, int]:
    depth: dict[Any, int] = {None: 0}
    for line in lines:
        if isinstance(line, NodeLine):
            depth[line.id] = depth[line.parent] + 1
    return depth
