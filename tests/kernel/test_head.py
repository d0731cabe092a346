"""A head is recognised where it comes again, and nothing else is taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mediaclay_kernel.head import Head

RAW = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nAccept: y\r\n\r\n"


def head() -> Head:
    made = Head.of(RAW, {b"host": b"x"})
    assert made is not None
    return made


def test_the_same_head_may_have_a_body_of_another_length():
    assert head().body(RAW + b"a" * 12) == b"a" * 12
    assert head().body(RAW.replace(b"12", b"3") + b"abc") == b"abc"
    assert head().body(RAW.replace(b"12", b"0")) == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        RAW,
        RAW + b"a" * 11,
        RAW + b"a" * 13,
        RAW.replace(b"12", b"") + b"a",
        RAW.replace(b"12", b"-1") + b"a",
        RAW.replace(b"12", b"+1") + b"a",
        RAW.replace(b"12", b"1 ") + b"a",
        RAW.replace(b"12", b"123456") + b"a" * 123_456,
        RAW.replace(b"12", "\u0661".encode()) + b"a",
        RAW.replace(b"Host: x", b"Host: z") + b"a" * 12,
        RAW.replace(b"Accept: y", b"Accept: z") + b"a" * 12,
        RAW.replace(b"Content-Length: 12", b"Content-Length: 1\r\nContent-Length: 1") + b"a",
    ],
)
def test_nothing_else_is_taken_for_it(data: bytes):
    assert head().body(data) is None


@given(st.binary(max_size=40), st.binary(max_size=20))
def test_only_one_request_with_that_head_is(front: bytes, body: bytes):
    whole = RAW.replace(b"12", b"%d" % len(body)) + body
    assert head().body(whole) == body
    if front:
        assert head().body(whole + front) is None
    if front and not RAW.startswith(front):
        assert head().body(front + whole) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        RAW[:-1],
        RAW + b"a",
        RAW + RAW,
        RAW.replace(b"Content-Length: 12\r\n", b""),
        RAW.replace(b"Host: x", b"content-length: 12"),
        RAW.replace(b"Content-Length: 12", b"Content-Length: 12\r\nContent-Length: 12"),
        RAW.replace(b"Content-Length: 12", b"Transfer-Encoding: chunked"),
    ],
)
def test_a_head_that_does_not_say_its_length_once_is_not_kept(raw: bytes):
    assert Head.of(raw, {}) is None
