"""OPML 2.0: any document comes back the same, and so does any tree but for its links; broken files say where."""

import io
import tracemalloc
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mediaclay_structure.formats import opml_files
from mediaclay_structure.formats.line import BadLine, LinkLine, NodeLine
from mediaclay_structure.formats.slug import slugify, unique

TOP = UUID("01890000-0000-7000-8000-000000000000")


def read(content: bytes | str) -> list[Any]:
    return list(opml_files.read(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def write(lines: list[Any], top: UUID = TOP) -> bytes:
    writer = opml_files.Writer(top)
    parts = [writer.head(), *(writer.line(line) for line in lines if isinstance(line, NodeLine))]
    parts += [writer.link(line) for line in lines if isinstance(line, LinkLine)]
    return b"".join([*parts, writer.tail()])


def kept(lines: list[NodeLine]) -> list[NodeLine]:
    """The lines as an export tells them after an import below the top: by ids alone."""

    def at(path: Any) -> UUID | None:
        return uuid5(TOP, path) if isinstance(path, str) else path

    return [
        NodeLine(
            id=line.id or at(line.path), parent=at(line.above), kind=line.kind, name=line.name, slug=line.slug,
            properties=line.properties,
        )
        for line in lines
    ]  # fmt: skip


def said(content: bytes | str) -> Any:
    """A document as what it says: names, attributes, children in order; a head's elements by name."""

    def element(at: ET.Element) -> Any:
        return at.tag, dict(at.attrib), [element(child) for child in at]

    root = ET.fromstring(content)
    head = sorted((child.tag, child.text or "") for child in root.find("head") or [])
    return dict(root.attrib), head, [element(child) for child in root.find("body") or []]


def document(body: str, head: str = "", root: str = 'version="2.0"') -> str:
    return f"<opml {root}><head>{head}</head><body>{body}</body></opml>"


FEEDS = document(
    '<outline text="News"><outline text="Morning" type="rss" xmlUrl="http://example.org/feed?a=1&amp;b=2"/></outline>'
    '<outline text="News"/>',
    "<title>My feeds</title><ownerName>Ada</ownerName><expansionState>1, 2</expansionState>",
)


def test_outlines_become_nodes_below_the_node_of_their_document():
    assert read(FEEDS) == [
        NodeLine(path="/my-feeds", slug="my-feeds", kind="opml", name="My feeds",
                 properties={"head": {"ownerName": "Ada", "expansionState": "1, 2"}}),
        NodeLine(path="/my-feeds/news", slug="news", kind="outline", name="News"),
        NodeLine(path="/my-feeds/news/morning", slug="morning", kind="rss", name="Morning",
                 properties={"xmlUrl": "http://example.org/feed?a=1&b=2"}),
        NodeLine(path="/my-feeds/news-2", slug="news-2", kind="outline", name="News"),
    ]  # fmt: skip


def test_a_line_has_the_number_of_its_line_in_the_file():
    lines = read("<opml version='2.0'>\n<head/>\n<body>\n\n<outline\ntext='a'/><outline text='b'/></body></opml>")
    assert [(line.name, line.number) for line in lines] == [("a", 5), ("b", 6)]


AWKWARD = {
    "nothing": document(""),
    "feeds": FEEDS,
    "no text": document('<outline/><outline text=""/><outline text=" a "/><outline text="untitled"/>'),
    "long text": document(f'<outline text="{"x" * 2000}"/>'),
    "types": document('<outline text="a" type=""/><outline text="b" type="outline"/><outline text="c" type=" rss "/>'),
    "odd characters": document(
        '<outline text="&lt;&amp;&quot;&apos;&#10;&#13;&#9;ä😀&#x85;" _note="a&#10; b" url=""/>'
    ),
    "a document inside": document('<outline text="a" type="opml"/><outline text="b" type="opml"/>'),
    "other version": document('<outline text="a"/>', root='version="1.1"'),
    "a name space": document(
        '<outline text="a" x:b="1" xmlns:y="urn:y" y:c="2"><outline text="b" y:d="3"/></outline>',
        root='version="2.0" xmlns:x="urn:x" xmlns="http://opml.org/spec2"',
    ),
    "other letters": document('<outline text="a" größe="1" имя="2"/>'),
    "two titles": document("", "<title>a</title><title>b</title><x/>"),
    "a title that is no name": document("", "<title> </title>"),
    "no title": document("", "<ownerName>a&#13;&lt;</ownerName>"),
}


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_an_awkward_document_comes_back_the_same(text):
    lines = read(text)
    assert not [line for line in lines if isinstance(line, BadLine)]
    written = write(kept(lines))
    assert said(written) == said(text)
    assert b"clay:node" not in written
    assert read(written) == lines


def test_below_another_top_the_nodes_keep_their_ids():
    nodes = kept(read(FEEDS))
    assert read(write(nodes, UUID(int=1))) == nodes


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
names = texts.map(lambda text: text.strip() or "Dog") | st.sampled_from(["dog", "Dog", "untitled", "x\x01\ufffe"])
keys = texts | st.sampled_from(
    ["text", "type", "xmlUrl", "clay:node", "a:b", "xmlns:a", "xmlns", "xmlns:clay", "größe"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | texts | st.sampled_from(["dog", " dog ", "outline", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
kinds = st.sampled_from(["node", "outline", "opml", "rss"]) | names
heads = st.sampled_from(
    [
        {"head": {}}, {"head": {"title": "dog"}}, {"head": {"title": None}}, {"head": {"title": " dog "}},
        {"head": {"a": ["x", "y"]}, "version": "1.0"}, {"head": {"a": ["x"]}}, {"head": {"a b": "x"}}, {"head": 5},
        {"head": {}, "version": "2.0"}, {"head": {}, "attributes": {}}, {"head": {}, "attributes": {"xmlns:a": "urn:a"}},
        {"head": {"title": ["dog", "x"]}}, {"head": {}, "attributes": {"version": "3"}}, {"head": {}, "x": 1},
    ]
)  # fmt: skip


@st.composite
def trees(draw):
    size = draw(st.integers(0, 6))
    above = [draw(st.sampled_from([None, *range(n)])) for n in range(size)]
    lines: list[NodeLine] = []
    taken: dict[Any, set[str]] = {}

    def add(number, parent, path):
        for n in [n for n in range(size) if above[n] == number]:
            name = draw(names)
            siblings = taken.setdefault(parent, set())
            slug = unique(draw(st.sampled_from([slugify(name), "x", "Z z"])), siblings)
            siblings.add(slug)
            own = draw(st.sampled_from([uuid5(NAMESPACE_URL, f"own {n}"), uuid5(TOP, f"{path}/{slug}")]))
            properties = draw(st.dictionaries(keys, values, max_size=3) | heads)
            lines.append(NodeLine(id=own, parent=parent, kind=draw(kinds), name=name, slug=slug, properties=properties))
            add(n, own, f"{path}/{slug}")

    add(None, None, "")
    return lines


@given(trees())
@settings(max_examples=200, deadline=None)
@example([NodeLine(id=UUID(int=n), kind="opml", name="a", slug=f"a{n}", properties={"head": {}}) for n in (1, 2)])
def test_any_tree_comes_back_the_same(lines):
    written = write(lines)
    ET.fromstring(written)
    assert kept(read(written)) == lines


def test_links_are_left_out():
    nodes: list[Any] = [NodeLine(id=UUID(int=1), kind="node", name="a", slug="a")]
    assert write([*nodes, LinkLine(kind="near", source=UUID(int=1))]) == write(nodes)


BAD = "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("content", "number", "message"),
    [
        ("", 1, "This is not XML: no element found."),
        ("<opml version='2.0'>\n<body>\n<outline text='a'>\n</body>", 4, "This is not XML: mismatched tag."),
        ("<html>\n<body><p>text</p></body></html>", 1, "This is not OPML: it begins with <html>."),
        ("<opml><head/><body/></opml>", 1, "<opml> names no version; it is read as 2.0."),
        (document("\n<outline text='a'>text</outline>"), 2, "OPML has no text inside <outline>."),
        (document("\n<other/>"), 2, "OPML as it is kept here has no place for <other> there, or for its attributes."),
        (document("", "<a b='c'/>"), 1, "OPML as it is kept here has no place for <a> there, or for its attributes."),
        (document("<outline text='a' clay:node='{'/>"), 1, "'clay:node' is not JSON: unexpected end of data."),
        (document("<outline text='a' clay:node='[]'/>"), 1, "'clay:node' must be a JSON object."),
        (document("<outline text='a' clay:node='{\"id\":7}'/>"), 1, "'id' must be a UUID, not '7'."),
        (
            document(f"<outline text='a' b='{'x' * 262_144}'/>"),
            1,
            "'properties' has 262,152 bytes as JSON; 262,144 are the most.",
        ),
    ],
)
def test_a_broken_file_says_where_and_why(content, number, message):
    [bad] = [line for line in read(content) if isinstance(line, BadLine)]
    assert (bad.number, bad.message) == (number, message)


def test_what_comes_before_and_after_a_bad_outline_is_read():
    lines = read(document("<outline text='a'/><outline text='b' clay:node='5'/><outline text='c'/>"))
    assert [getattr(line, "name", None) for line in lines] == ["a", None, "c"]


def test_an_outline_too_deep_is_refused():
    bad = [
        line for line in read(document("<outline text='a'>" * 513 + "</outline>" * 513)) if isinstance(line, BadLine)
    ]
    assert [line.message for line in bad] == ["'path' is 513 deep; 512 is the most."]


LAUGHS = '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + document('<outline text="&b;"/>')
OUTSIDE = '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + document('<outline text="&a;"/>')


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE])
def test_a_file_that_defines_entities_is_refused(content):
    assert read(content) == [BadLine(1, "The file defines entities, or points outside; it is refused.", BAD)]


def test_ten_times_the_outlines_take_the_same_memory():
    def chunks(count: int):
        yield b'<opml version="2.0"><head/><body>'
        for number in range(count):
            yield b'<outline text="%d">' % number + b'<outline text="a" b="%s"/></outline>' % (b"x" * 5_000)
        yield b"</body></opml>"

    def peak(count: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in opml_files.read(chunks(count))) == 2 * count
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(400) < peak(40) + 200_000
