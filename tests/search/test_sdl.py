"""The schema, as it is checked in."""

from __future__ import annotations

from pathlib import Path

from mediaclay_search.schema import schema

GOLDEN = Path(__file__).parents[2] / "subgraphs" / "search" / "schema.graphql"


def test_the_sdl_is_what_is_checked_in():
    assert GOLDEN.read_text() == schema.as_str() + "\n"
