"""CSV of paths: a spreadsheet goes in, and comes out as it was."""

import csv
import io
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mediaclay_kernel.errors import BadUserInput
from mediaclay_structure.formats import csv_paths
from mediaclay_structure.formats.csv_paths import Writer
from mediaclay_structure.formats.line import BadLine, NodeLine

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
names = texts.map(lambda text: text.strip() or "Dog")
letters = st.characters(exclude_categories=["C", "Z"], exclude_characters="/.")
slugs = st.text(letters, min_size=1, max_size=20).map(lambda text: normalize("NFC", text))
paths = st.lists(slugs, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


@st.composite
def nodes(draw):
    path = draw(paths)
    keys = texts | st.sampled_from(["colour", "note"])
    return NodeLine(
        path=path,
        slug=path.rpartition("/")[2],
        kind=draw(names),
        name=draw(names),
        properties=draw(st.dictionaries(keys, texts | st.integers(-(2**53), 2**53) | st.none(), max_size=4)),
    )


def read(content: bytes) -> list[Any]:
    return list(csv_paths.read(io.BytesIO(content)))


@given(st.lists(nodes(), max_size=4))
def test_what_is_written_is_read_again(written):
    writer = Writer(["colour", "note"])
    assert read(writer.header() + b"".join(map(writer.row, written))) == written


@given(st.lists(nodes(), max_size=3))
def test_other_readers_of_csv_see_the_same_cells(written):
    writer = Writer(["colour"])
    content = (writer.header() + b"".join(map(writer.row, written))).decode()
    header, *rows = csv.reader(io.StringIO(content, newline=""))
    assert header == ["path", "kind", "name", "properties", "colour"]
    assert [row[:3] for row in rows] == [[node.path, node.kind, node.name] for node in written]


def test_columns_of_their_own_become_properties():
    content = b'path,kind,name,legs,properties\n/animals/dog,animal,Dog,4,"{""tame"":true}"\n'
    assert read(content) == [
        NodeLine(path="/animals/dog", slug="dog", kind="animal", name="Dog", properties={"tame": True, "legs": "4"})
    ]


def test_a_path_is_kept_as_it_is_written_and_names_its_node():
    [node] = read("path\n/Animals/Große Affen (2)\n".encode())
    assert node == NodeLine(
        path="/Animals/Große Affen (2)", slug="Große Affen (2)", kind="node", name="Große Affen (2)"
    )
    assert node.above == "/Animals"


def test_empty_cells_are_no_properties():
    [node] = read(b"path,kind,name,properties,legs\n/dog,,,,\n")
    assert node == NodeLine(path="/dog", slug="dog", kind="node", name="dog")


def test_a_bom_crlf_blank_lines_and_quoted_newlines_are_handled():
    content = b'\xef\xbb\xbf"path",note\r\n\r\n/a,"one\r\n\r\ntwo, ""three"""\r\n   \n/b,x\r\n'
    first, second = read(content)
    assert (first.path, first.properties, first.number) == ("/a", {"note": 'one\r\n\r\ntwo, "three"'}, 3)
    assert (second.path, second.properties, second.number) == ("/b", {"note": "x"}, 7)


BAD = "BAD_USER_INPUT"
LIMIT = "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"path,name,name", "The header has the column 'name' twice."),
        (b"path,a, a", "The header has the column 'a' twice."),
        (b"path,,name", "Column 2 of the header has no name."),
        (b"Pth,name", "The header needs the column 'path'; the nearest is 'pth'."),
        (b"a,b", "The header needs the column 'path'; it has a, b."),
        (b"path,\xff", "The row is not UTF-8."),
        (b'path,"a"b', "A quote stands inside a cell that does not begin with one, or goes on behind its end."),
    ],
)
def test_a_header_that_cannot_be_used_is_all_that_is_said(header, message):
    assert read(b"\n" + header + b"\n/dog,x,y\n") == [BadLine(2, message, BAD)]


@pytest.mark.parametrize(
    ("row", "message", "code"),
    [
        (b"/dog,1", "The row has 2 cells, the header 3.", BAD),
        (b"/dog,1,,", "The row has 4 cells, the header 3.", BAD),
        (b",1,", "'path' is missing.", BAD),
        (b"dog,1,", "'path' must begin with '/', not be 'dog'.", BAD),
        (b"/,1,", "'path' is '/', the root itself, which is made with the structure.", BAD),
        (b"/a//b,1,", "'path' has an empty part: '/a//b'.", BAD),
        (b"/a" * 513 + b",1,", "'path' is 513 deep; 512 is the most.", LIMIT),
        (b"/" + b"x" * 256 + b",1,", f"'path' holds '{'x' * 60}...': A slug has at most 255 characters.", LIMIT),
        (b"/dog,1,{", "'properties' is not JSON: unexpected end of data, at character 2.", BAD),
        (b"/dog,1,[]", "'properties' must be an object, not an array.", BAD),
        (b'/dog,1,"{""legs"":2}"', "'legs' is a column and stands in 'properties' too.", BAD),
        (b"/dog,\0,", "A text holds the character U+0000, which can't be stored.", BAD),
        (b'/dog,1,"{""a"":""\\u0000""}"', "A text holds the character U+0000, which can't be stored.", BAD),
        (b"/dog,\xff,", "The row is not UTF-8.", BAD),
        (
            b'/dog,"a"b,',
            "A quote stands inside a cell that does not begin with one, or goes on behind its end.",
            BAD,
        ),
        (
            b"/dog," + b"x" * 262_140 + b",",
            "'properties' has 262,151 bytes as JSON; 262,144 are the most.",
            LIMIT,
        ),
        (b"/dog," + b"x" * 524_288 + b",", "A row may have 524,288 bytes at most; is a quote left open?", LIMIT),
    ],
)
def test_a_bad_row_says_why_and_the_reading_goes_on(row, message, code):
    found = read(b"path,legs,properties\n/before,,\n" + row + b"\n/after,,\n")
    assert found[1] == BadLine(3, message, code)
    assert [found[0].path, found[2].path] == ["/before", "/after"]
    assert len(found) == 3


def test_a_quote_that_is_never_closed_is_told_with_the_line_that_opens_it():
    found = read(b'path\n/a\n"/b\n/c\n')
    assert found == [
        NodeLine(path="/a", slug="a", kind="node", name="a"),
        BadLine(3, "A quote that this row opens is never closed.", BAD),
    ]


def test_behind_an_open_quote_the_reading_goes_on_after_the_limit():
    rest = b"".join(b"/node-%07d\n" % number for number in range(60_000))
    bad, *nodes = read(b'path\n"/b\n' + rest)
    assert bad == BadLine(2, "A row may have 524,288 bytes at most; is a quote left open?", LIMIT)
    assert nodes[-1].path == "/node-0059999"


@pytest.mark.parametrize("columns", [["path"], ["a", "a"], [""], [" a"]])
def test_a_column_that_could_not_be_read_again_is_refused(columns):
    with pytest.raises(BadUserInput, match="A property can't have the column"):
        Writer(columns)
