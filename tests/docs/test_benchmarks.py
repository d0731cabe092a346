"""The page of the benchmarks has a place for each table that a run writes, and a run replaces nothing else."""

from __future__ import annotations

import pytest

from benchmarks import page
from benchmarks.parts import DATA_OF
from benchmarks.rows import Row, at_most, times_faster


@pytest.mark.parametrize("name", ["facts", *(f"{part} on {data}" for part, on in DATA_OF.items() for data in on)])
def test_the_page_has_a_place_for_each_table(name):
    text = page.PAGE.read_text()
    assert "NEW" in page.replace(text, name, "NEW")


def test_a_table_replaces_what_stood_in_its_place_and_nothing_else():
    text = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n<!-- y -->\nkept\n<!-- end of y -->\n"
    once = page.replace(text, "x", r"new \1")
    assert once == "a\n<!-- x -->\n\nnew \\1\n\n<!-- end of x -->\nb\n<!-- y -->\nkept\n<!-- end of y -->\n"
    assert page.replace(once, "x", r"new \1") == once


def test_a_table_that_has_no_place_is_refused():
    with pytest.raises(ValueError, match="no place for z"):
        page.replace("a\n", "z", "new")


def test_a_row_says_whether_its_goal_is_reached():
    assert at_most("read", 0.00105, 0.001, 1.054, 1.05).reached is True
    assert at_most("read", 0.00106, 0.001, 1.056, 1.05).reached is False
    assert times_faster("move", 0.01, 0.5, 50).reached is True
    assert times_faster("move", 0.01, 0.49, 50).reached is False


def test_a_table_is_markdown_with_a_sign_for_each_goal():
    rows = [Row("a | b", "1", "2", "0.5", "<= 1", True), Row("c", "3", reached=False), Row("d", "4")]
    assert page.table(rows).splitlines()[2:] == [
        "| a \\| b | 1 | 2 | 0.5 | <= 1 | yes |  |",
        "| c | 3 |  |  |  | **no** |  |",
        "| d | 4 |  |  |  |  |  |",
    ]
