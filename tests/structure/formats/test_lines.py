"""Lines out of chunks of any size."""

import io

from hypothesis import given
from hypothesis import strategies as st
from mediaclay_structure.formats.line import MAX_LINE_BYTES
from mediaclay_structure.formats.lines import lines


def chunked(content: bytes, size: int) -> list[bytes]:
    return [content[place : place + size] for place in range(0, len(content), size)]


@given(st.binary(max_size=60), st.integers(1, 7))
def test_the_size_of_the_chunks_does_not_matter(content, size):
    content = content.replace(b"a", b"\n")
    expected = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert list(lines(chunked(content, size))) == list(enumerate(expected, 1))
    assert list(lines(io.BytesIO(content))) == list(enumerate(expected, 1))


def test_a_line_of_the_limit_is_read_and_one_beyond_is_passed_over():
    content = b"\n".join([b"a" * MAX_LINE_BYTES, b"b" * (MAX_LINE_BYTES + 1), b"c", b"d" * (MAX_LINE_BYTES + 1)])
    for size in (1000, 70_000, len(content)):
        found = list(lines(chunked(content, size)))
        assert [(number, line and line[:1]) for number, line in found] == [(1, b"a"), (2, None), (3, b"c"), (4, None)]


def test_a_line_without_end_is_never_held():
    longest = 0

    def endless():
        for _ in range(100):
            yield b"x" * 1_000_000

    for _, line in lines(endless()):
        longest = max(longest, len(line or b""))
    assert longest == 0
