"""Ids, cursors, errors and rows: what needs no server."""

import inspect
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mediaclay_kernel import errors
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import CODES, BadUserInput, ClayError, Conflict, LimitExceeded
from mediaclay_kernel.ids import decode_cursor, encode_cursor, new_id, parse_id, parse_ids
from mediaclay_kernel.loading import grouped, in_order
from mediaclay_kernel.telemetry import begin_trace, trace_id

settings.register_profile("kernel", deadline=timedelta(seconds=2))
settings.load_profile("kernel")

TEXT = st.text(st.characters(codec="utf-8"))
PART = TEXT | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers()))
KINDS = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, ClayError)]


@given(st.lists(PART, max_size=4))
def test_a_cursor_gives_back_what_was_put_in(parts: list[Any]):
    cursor = encode_cursor(*parts)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert decode_cursor(cursor, *map(type, parts)) == parts


@given(st.text(), st.lists(st.sampled_from([str, int, float]), max_size=3))
def test_whatever_a_client_sends_as_a_cursor_is_taken_or_refused_as_input(text: str, types: list[type]):
    found: list[Any] = []
    with suppress(BadUserInput):
        found = decode_cursor(text, *types)
        assert len(found) == len(types)
    assert all(isinstance(value, kind) for value, kind in zip(found, types, strict=False))


@pytest.mark.parametrize("types", [(str,), (int, str), (str, int, int), ()])
def test_a_cursor_of_another_list_is_refused(types: tuple[type, ...]):
    with pytest.raises(BadUserInput, match="another list"):
        decode_cursor(encode_cursor("a", 1), *types)


def test_ids_are_of_version_7_and_grow():
    made = [new_id() for _ in range(1000)]
    assert {each.version for each in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == 1000


@given(st.text())
def test_an_id_is_a_uuid_or_bad_input_that_names_the_argument(text: str):
    [found] = parse_ids([text])
    if found is not None:
        assert parse_id(text, "within") == found
        return
    with pytest.raises(BadUserInput, match=r"(?s)^within is not a UUID: .{2,300}$"):
        parse_id(text, "within")


@given(st.lists(st.uuids() | st.text(max_size=20)))
def test_a_list_of_ids_never_fails_for_one(given_ids: list[UUID | str]):
    found = parse_ids([str(each) for each in given_ids])
    assert len(found) == len(given_ids)
    for was, now in zip(given_ids, found, strict=True):
        if isinstance(was, UUID):
            assert now == was


@given(ROWS, st.lists(st.integers(0, 7)))
def test_rows_come_in_the_order_of_their_keys(rows: list[tuple[int, int]], keys: list[int]):
    def key(row: tuple[int, int]) -> int:
        return row[0]

    assert grouped(rows, key, keys) == [[row for row in rows if row[0] == wanted] for wanted in keys]
    last = {row[0]: row for row in rows}
    assert in_order(rows, key, keys) == [last.get(wanted) for wanted in keys]


def test_every_code_has_an_error_and_every_error_a_listed_code():
    assert {kind.code for kind in KINDS} == set(CODES)
    assert len(CODES) == len(set(CODES)) == 9


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_says_its_first_line_unless_told_otherwise(kind: type[ClayError]):
    assert kind().message == inspect.cleandoc(kind.__doc__ or "").split("\n", 1)[0]
    assert kind("Other words.").message == "Other words."
    assert 400 <= kind.status < 600


def test_the_details_of_an_error_stand_beside_its_code():
    assert LimitExceeded("Too long.", limit=7).extensions == {"code": "LIMIT_EXCEEDED", "limit": 7}
    assert Conflict().extensions == {"code": "CONFLICT"}


def test_json_holds_what_rows_hold_and_nothing_that_is_none():
    one = new_id()
    assert to_json({"id": one, "text": "é"}) == f'{{"id":"{one}","text":"é"}}'.encode()
    assert to_json([1], line=True) == b"[1]\n"
    with pytest.raises(TypeError):
        to_json({"x": object()})


def test_a_trace_goes_on_where_the_caller_began_it():
    theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
    begin_trace(f"00-{theirs}-00f067aa0ba902b7-01")
    assert trace_id() == theirs
    for wrong in (None, "", "00-short-00f067aa0ba902b7-01", f"00-{theirs.upper()}-00f067aa0ba902b7-01"):
        begin_trace(wrong)
        assert trace_id() == trace_id() != theirs
        assert len(trace_id()) == 32
