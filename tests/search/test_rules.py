"""What needs no index: texts, typos, progress."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mediaclay_kernel.errors import LimitExceeded
from mediaclay_search.engine.embedded.highlight import highlighted, one_edit
from mediaclay_search.engine.embedded.layout import okey_term
from mediaclay_search.engine.embedded.wanted import needed, wanted
from mediaclay_search.engine.embedded.words import composed
from mediaclay_search.progress import FRESH, Heads, outdated
from mediaclay_search.texts import flattened

LETTERS = st.text("abc", max_size=6)


def edits(word: str) -> set[str]:
    """Every word one edit away, by brute force."""
    found = {word[:i] + word[i + 1 :] for i in range(len(word))}
    found |= {word[:i] + c + word[i:] for i in range(len(word) + 1) for c in "abc"}
    found |= {word[:i] + c + word[i + 1 :] for i in range(len(word)) for c in "abc"}
    found |= {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return found - {word}


@given(LETTERS, LETTERS)
def test_one_edit_is_a_letter_more_less_or_other_or_two_swapped(one, other):
    assert one_edit(one, other) == (other in edits(one))


@given(st.text(), st.text())
def test_the_index_sorts_okeys_as_their_bytes(one, other):
    assert (okey_term(one) < okey_term(other)) == (one.encode() < other.encode())


@given(st.text(max_size=60), st.text(max_size=60))
def test_highlights_hold_no_markup_but_marks(query, text):
    shown = highlighted(composed(text), wanted(query))
    if shown is not None:
        bare = shown.replace("<mark>", "").replace("</mark>", "")
        assert "<mark>" in shown
        assert "<" not in bare
        assert ">" not in bare


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({}, ""),
        ({"a": "x", "b": ["y", {"c": "z"}], "d": 1, "e": None, "f": True}, "x\ny\nz"),
        ("alone", "alone"),
        (None, ""),
        ([["deep", ["deeper"]], "end"], "deep\ndeeper\nend"),
    ],
)
def test_the_text_of_properties_is_every_string_in_order(properties, text):
    assert flattened(properties) == text


def test_properties_may_be_nested_as_deep_as_json_goes():
    deep: object = "bottom"
    for _ in range(5000):
        deep = [deep]
    assert flattened(deep) == "bottom"


@pytest.mark.parametrize(("count", "least"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (8, 6)])
def test_the_more_words_the_more_may_be_missing(count, least):
    assert needed(count) == least


def test_words_are_counted_once_and_to_a_limit():
    assert len(wanted("oak OAK oàk")) == 1
    assert len(wanted(" ".join(f"w{n}" for n in range(32)))) == 32
    with pytest.raises(LimitExceeded):
        wanted('"' + " ".join(f"w{n}" for n in range(33)) + '"')


def test_lag_is_the_sum_of_what_was_not_read():
    heads = Heads(clock=lambda: 0.0)
    heads.replace({}, {"a": 5, "b": 3})
    assert heads.lag({"a": 4}) == 4
    assert heads.lag({"a": 4}, "a") == 1
    assert heads.lag({"a": 4}, "b") == 3
    assert heads.lag({"a": 9, "b": 3}) == 0
    assert heads.behind({"a": 4, "b": 3}) == ["a"]


def test_lag_is_never_zero_while_nothing_was_heard():
    now = [0.0]
    heads = Heads(clock=lambda: now[0])
    assert heads.lag({}) == 1
    heads.replace({}, {"a": 5})
    assert heads.lag({"a": 5}) == 0
    now[0] += FRESH
    assert heads.lag({"a": 5}) == 1
    assert heads.lag({"a": 3}) == 2


def test_what_is_missing_from_a_full_answer_is_gone_unless_it_is_younger():
    heads = Heads()
    heads.replace({}, {"a": 5, "b": 1})
    asked = heads.snapshot()
    heads.advance("c", 1)
    heads.advance("a", 6)
    heads.replace(asked, {"a": 5})
    assert heads.snapshot() == {"a": 6, "c": 1}


def test_structures_that_are_gone_or_went_back_are_outdated():
    assert outdated({"a": 5, "b": 5, "c": 5, "d": 5}, {"a": 5, "b": 6, "c": 4}) == ["c", "d"]
