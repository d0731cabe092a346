"""What can be had of nodes, and of what hangs below them, as JSON that PostgreSQL writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Sql(NamedTuple):
    """An expression whose text stands in the JSON, nothing for null.

    In it `{n}` is the node, or the one whose children are listed; `{most}` the size of that list's page.
    """

    text: str


Piece = str | Sql
"""JSON as it stands, or an expression."""


class Value(NamedTuple):
    """A value in pieces; whether it depends on the list of the node's children."""

    pieces: Sequence[Piece]
    of_list: bool = False


class Object(NamedTuple):
    """Values under their keys."""

    fields: Sequence[tuple[str, Value | Object | Listing | Items]]


class Listing(NamedTuple):
    """An object that tells of the first children of a node, `limit` being the number of its size among the given sizes."""

    limit: int
    shown: Object


class Items(NamedTuple):
    """An array, in a listing, with the object of each child."""

    item: Object


def constant(json: str) -> Value:
    """What is the same everywhere."""
    return Value([json])


def _text(name: str) -> Value:
    return Value([Sql(f"json_scalar({{n}}.{name})")])


def _time(name: str) -> Value:
    # Colons would begin parameters. As orjson and isoformat() write it: without a fraction where that is nought.
    moment = f"to_char({{n}}.{name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24\\:MI\\:SS.US')"
    return Value(['"', Sql(f"replace({moment}, '.000000', '')"), '+00:00"'])


_CHILDREN = "FROM node k WHERE k.structure_id = {n}.structure_id AND k.parent_id = {n}.id"
# As `encode_cursor` makes it: base64 that is safe in a URL, without padding. Keys and ids need no escapes.
_CURSOR = """rtrim(translate(encode(convert_to(concat('["', {n}.pos, '","', {n}.id, '"]'), 'UTF8'), 'base64'),
                             concat('+/', chr(10)), '-_'), '=')"""
CURSOR = Value(['"', Sql(_CURSOR), '"'])
COUNT = Value([Sql(f"(SELECT count(*) {_CHILDREN})")], of_list=True)
NODE: Mapping[str, Value] = {
    "id": Value(['"', Sql("{n}.id"), '"']),
    "kind": _text("kind"),
    "name": _text("name"),
    "slug": _text("slug"),
    "properties": Value([Sql("{n}.properties")]),
    "version": Value([Sql("{n}.version")]),
    "created_at": _time("created_at"),
    "updated_at": _time("updated_at"),
}
"""Of a node, by the attributes of its record."""


def _end(order: str) -> Value:
    page = f"SELECT k.* {_CHILDREN} ORDER BY k.pos LIMIT {{most}}"
    quoted = "concat('\"', " + _CURSOR.replace("{n}", "e") + ", '\"')"
    return Value([Sql(f"coalesce((SELECT {quoted} FROM ({page}) AS e ORDER BY e.pos {order} LIMIT 1), 'null')")])


PAGE_INFO: Mapping[str, Value] = {
    "has_next_page": Value([Sql(f"CAST(EXISTS (SELECT {_CHILDREN} OFFSET {{most}}) AS text)")]),
    "has_previous_page": constant("false"),
    "start_cursor": _end(""),
    "end_cursor": _end("DESC"),
}
"""Of the first page of a list, by the attributes of its record."""
