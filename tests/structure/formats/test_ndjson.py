"""NDJSON: nothing is lost, and each bad line says what is wrong with it."""

import io
import tracemalloc
from typing import Any
from unicodedata import normalize
from uuid import UUID

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mediaclay_structure.formats import ndjson
from mediaclay_structure.formats.line import MAX_LINE_BYTES, BadLine, LinkLine, NodeLine
from mediaclay_structure.limits import PROPERTIES_BYTES

ID = UUID("01890000-0000-7000-8000-000000000001")
PARENT = UUID("01890000-0000-7000-8000-000000000002")


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
names = texts.map(lambda text: text.strip() or "Dog")
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
letters = st.characters(exclude_categories=["C", "Z"], exclude_characters="/.")
slugs = st.text(letters, min_size=1, max_size=20).map(lambda text: normalize("NFC", text))
paths = st.lists(slugs, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


@st.composite
def nodes(draw):
    path = draw(st.none() | paths)
    return NodeLine(
        id=draw(st.none() | st.uuids()),
        parent=draw(st.none() | st.uuids() | paths) if path is None else None,
        path=path,
        kind=draw(names),
        name=draw(names),
        slug=draw(st.none() | slugs) if path is None else path.rpartition("/")[2],
        properties=draw(st.dictionaries(texts, values, max_size=4)),
    )


ends = st.none() | st.uuids() | paths
links = st.builds(LinkLine, kind=names, source=ends, target=ends, properties=st.dictionaries(texts, values, max_size=4))


def read(content: bytes) -> list[Any]:
    return list(ndjson.read(io.BytesIO(content)))


@given(st.lists(nodes(), max_size=4))
@example([NodeLine(kind="a\nb", name="a\r\n \u2028b", properties={"\ufeff": 2**64 - 1, "x": 1e16})])
def test_what_is_written_is_read_again(written):
    assert read(b"".join(map(ndjson.write, written))) == written


@given(st.lists(nodes(), max_size=2), st.lists(links, max_size=3))
@example([], [LinkLine(kind="a\nb", target="/a", properties={"\u2028": 2**64 - 1})])
def test_links_come_back_behind_the_nodes(of_nodes, of_links):
    content = b"".join([*map(ndjson.write, of_nodes), *map(ndjson.write_link, of_links)])
    assert read(content) == [*of_nodes, *of_links]


def test_a_link_tells_its_kind_its_ends_and_its_number():
    content = b'\n{"link":"near","source":"%s","target":"/animals/dogs","properties":{"km":4}}' % str(ID).encode()
    [link] = read(content)
    assert link == LinkLine(kind="near", source=ID, target="/animals/dogs", properties={"km": 4})
    assert link.number == 2


@pytest.mark.parametrize("end", [b"", b',"source":null', b',"source":"/"'])
def test_an_end_that_is_left_out_is_the_top_of_the_branch(end):
    [link] = read(b'{"link":"near","target":"%s"%s}' % (str(ID).encode(), end))
    assert link == LinkLine(kind="near", source=None, target=ID)


def test_a_link_is_written_as_one_line_in_the_order_of_the_keys():
    row = {"properties": b'{"km":\n4}', "target": PARENT, "source": ID, "kind": "near"}
    assert ndjson.write_link(row) == (
        b'{"link":"near","source":"01890000-0000-7000-8000-000000000001",'
        b'"target":"01890000-0000-7000-8000-000000000002","properties":{"km":4}}\n'
    )
    assert ndjson.write_link({"kind": "near", "target": PARENT}) == (
        b'{"link":"near","target":"01890000-0000-7000-8000-000000000002","properties":{}}\n'
    )


def test_a_line_tells_all_of_a_node_and_its_number():
    content = orjson.dumps(
        {"id": ID, "parent": PARENT, "kind": "animal", "name": "Dog", "slug": "dog", "properties": {"legs": 4}}
    )
    [node] = read(b"\n" + content)
    assert node == NodeLine(id=ID, parent=PARENT, kind="animal", name="Dog", slug="dog", properties={"legs": 4})
    assert node.number == 2
    assert node.above == PARENT


def test_a_row_is_written_as_one_line_in_the_order_of_the_keys():
    row = {"properties": b'{"legs": 4}', "name": "Dog", "kind": "animal", "id": ID, "parent": PARENT, "slug": "dog"}
    assert ndjson.write(row) == (
        b'{"id":"01890000-0000-7000-8000-000000000001","parent":"01890000-0000-7000-8000-000000000002",'
        b'"kind":"animal","name":"Dog","slug":"dog","properties":{"legs": 4}}\n'
    )


def test_properties_over_several_lines_are_written_as_one():
    line = ndjson.write({"name": "Dog", "kind": "animal", "properties": b'{"legs":\n4}'})
    assert line == b'{"kind":"animal","name":"Dog","properties":{"legs":4}}\n'


def test_a_path_alone_is_enough():
    assert read(b'{"path":"/animals/dog"}') == [NodeLine(path="/animals/dog", kind="node", name="dog", slug="dog")]


@pytest.mark.parametrize(
    ("line", "above"),
    [
        (b'{"name":"Dog"}', None),
        (b'{"name":"Dog","parent":null}', None),
        (b'{"name":"Dog","parent":"/"}', None),
        (b'{"path":"/dog"}', None),
        (b'{"path":"/animals/dog"}', "/animals"),
        (b'{"name":"Dog","parent":"/animals"}', "/animals"),
    ],
)
def test_a_line_says_what_it_hangs_below(line, above):
    [node] = read(line)
    assert isinstance(node, NodeLine)
    assert node.above == above


def test_a_bom_blank_lines_and_crlf_are_passed_over():
    found = read(b'\xef\xbb\xbf{"name":"a"}\r\n\r\n  \n{"name":"b"}\r\n\n')
    assert [(node.name, node.number) for node in found] == [("a", 1), ("b", 4)]


BAD = "BAD_USER_INPUT"
LIMIT = "LIMIT_EXCEEDED"
SLUG = "A slug is not empty and holds no '/', no control character and no space around it."
LONG = "A slug has at most 255 characters."


@pytest.mark.parametrize(
    ("line", "message", "code"),
    [
        (b"{", "This is not JSON: unexpected end of data, at character 2.", BAD),
        (b'{"name":"\xff"}', None, BAD),
        (b"[]", "A line must be a JSON object.", BAD),
        (b'{"nmae":"Dog"}', "A node has no key 'nmae'; the nearest is 'name'.", BAD),
        (b'{"Parent":"/x","name":"Dog"}', "A node has no key 'Parent'; the nearest is 'parent'.", BAD),
        (
            b'{"name":"Dog","wxyz":1}',
            "A node has no key 'wxyz'; it has id, parent, path, kind, name, slug, properties.",
            BAD,
        ),
        (b"{}", "'name' is missing.", BAD),
        (b'{"name":" "}', "'name' must not be empty.", BAD),
        (b'{"name":5}', "'name' must be text, not a number.", BAD),
        (b'{"name":"Dog","kind":true}', "'kind' must be text, not true or false.", BAD),
        (b'{"name":"Dog","kind":""}', "'kind' must not be empty.", BAD),
        (b'{"name":"%s"}' % (b"x" * 1025), "'name' has 1,025 characters; 1,024 are the most.", LIMIT),
        (b'{"name":"D","kind":"%s"}' % (b"x" * 256), "'kind' has 256 characters; 255 are the most.", LIMIT),
        (b'{"name":"Dog","id":"7"}', "'id' must be a UUID, not '7'.", BAD),
        (b'{"name":"Dog","id":7}', "'id' must be a UUID, not '7'.", BAD),
        (
            b'{"name":"Dog","id":"0189000000000-7000-8000-00000000001"}',
            "'id' must be a UUID, not '0189000000000-7000-8000-00000000001'.",
            BAD,
        ),
        (
            b'{"name":"Dog","id":"{0189000-0000-7000-8000-000000000001}"}',
            "'id' must be a UUID, not '{0189000-0000-7000-8000-000000000001}'.",
            BAD,
        ),
        (
            b'{"name":"Dog","parent":"dogs"}',
            "'parent' must be a UUID or a path such as '/animals/dogs', not 'dogs'.",
            BAD,
        ),
        (b'{"name":"Dog","parent":"/ a"}', f"'parent' holds ' a': {SLUG}", BAD),
        (b'{"name":"Dog","parent":"/x","path":"/y"}', "A line has 'parent' or 'path', not both.", BAD),
        (b'{"path":7}', "'path' must be text, not a number.", BAD),
        (b'{"path":"dog"}', "'path' must begin with '/', not be 'dog'.", BAD),
        (b'{"path":"/"}', "'path' is '/', the root itself, which is made with the structure.", BAD),
        (b'{"path":"/dog/"}', "'path' has an empty part: '/dog/'.", BAD),
        (b'{"path":"/a/../b"}', f"'path' holds '..': {SLUG}", BAD),
        (b'{"path":"/a\\u2028b"}', f"'path' holds 'a\\u2028b': {SLUG}", BAD),
        (b'{"path":"%s"}' % (b"/a" * 513), "'path' is 513 deep; 512 is the most.", LIMIT),
        (b'{"name":"Dog","slug":[]}', "'slug' must be text, not an array.", BAD),
        (b'{"name":"Dog","slug":"a/b"}', f"'slug' holds 'a/b': {SLUG}", BAD),
        (b'{"name":"Dog","slug":""}', f"'slug' holds '': {SLUG}", BAD),
        (b'{"name":"Dog","slug":"%s"}' % (b"x" * 256), f"'slug' holds '{'x' * 60}...': {LONG}", LIMIT),
        (b'{"path":"/dog","slug":"cat"}', "'slug' must be 'dog', the last part of 'path', not 'cat'.", BAD),
        (b'{"name":"Dog","properties":"x"}', "'properties' must be an object, not text.", BAD),
        (b'{"name":"Dog","properties":[1]}', "'properties' must be an object, not an array.", BAD),
        (b'{"name":"D\\u0000"}', "A text holds the character U+0000, which can't be stored.", BAD),
        (
            b'{"name":"Dog","properties":{"a":[{"b\\u0000":1}]}}',
            "A text holds the character U+0000, which can't be stored.",
            BAD,
        ),
        (
            b'{"name":"Dog","properties":{"a":"%s"}}' % (b"x" * (PROPERTIES_BYTES - 7)),
            "'properties' has 262,145 bytes as JSON; 262,144 are the most.",
            LIMIT,
        ),
        (b'{"link":null,"target":"/a"}', "'link' must be text, not null.", BAD),
        (b'{"link":" "}', "'link' must not be empty.", BAD),
        (b'{"link":"%s"}' % (b"x" * 256), "'link' has 256 characters; 255 are the most.", LIMIT),
        (b'{"link":"near","name":"Dog"}', "A link has no key 'name'; it has link, source, target, properties.", BAD),
        (b'{"link":"near","sorce":"/a"}', "A link has no key 'sorce'; the nearest is 'source'.", BAD),
        (
            b'{"link":"near","source":"dogs"}',
            "'source' must be a UUID or a path such as '/animals/dogs', not 'dogs'.",
            BAD,
        ),
        (b'{"link":"near","target":"/a//b"}', "'target' has an empty part: '/a//b'.", BAD),
        (b'{"link":"near","properties":[1]}', "'properties' must be an object, not an array.", BAD),
        (b'{"link":"n\\u0000"}', "A text holds the character U+0000, which can't be stored.", BAD),
        (b'{"name":"%s"}' % (b"x" * MAX_LINE_BYTES), "A line may have 524,288 bytes at most.", LIMIT),
    ],
)
def test_a_bad_line_says_why_and_the_reading_goes_on(line, message, code):
    before, bad, after = read(b'{"name":"before"}\n' + line + b'\n{"name":"after"}\n')
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.code) == (2, code)
    assert bad.message == message or (message is None and bad.message.startswith("This is not JSON: "))
    assert (before.name, after.name, after.number) == ("before", "after", 3)


def test_a_long_value_is_shown_short():
    [bad] = read(b'{"name":"Dog","id":"%s"}' % (b"x" * 200))
    assert bad.message == f"'id' must be a UUID, not '{'x' * 60}...'."


@pytest.mark.parametrize(
    "line",
    [
        b'{"name":"%s"}' % ("ä" * 1024).encode(),
        b'{"path":"%s"}' % (b"/a" * 512),
        b'{"name":"Dog","properties":{"a":"%s"}}' % (b"x" * (PROPERTIES_BYTES - 8)),
        b'{"name":"Dog","properties":{"a":"\\\\u0000"}}',
    ],
)
def test_what_just_keeps_to_the_limits_is_a_node(line):
    [node] = read(line)
    assert isinstance(node, NodeLine)


def test_numbers_that_grow_when_written_again_are_measured_as_written():
    numbers = b",".join([b"1e15"] * 50_000)
    [bad] = read(b'{"name":"Dog","properties":{"a":[%s]}}' % numbers)
    assert bad == BadLine(1, "'properties' has 950,007 bytes as JSON; 262,144 are the most.", LIMIT)


def test_ten_times_the_lines_take_the_same_memory():
    def chunks(count):
        for _ in range(count):
            yield b'{"name":"Dog","properties":{"a":"%s"}}\n' % (b"x" * 10_000)

    def peak(count):
        tracemalloc.start()
        assert sum(1 for _ in ndjson.read(chunks(count))) == count
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(400) < peak(40) + 100_000
