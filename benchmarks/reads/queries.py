"""What is asked: the same fields of the same nodes, in the words that each server has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

OURS, PLAIN, MERCURIUS, POSTGRAPHILE = "MediaClay", "plain Strawberry", "Mercurius", "PostGraphile"
CACHED = "MediaClay, results cached"
PAGE = 50
LEVELS = 3


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `texts` says who can be asked it, and how; `floors` what a form must reach against the others.

    A floor is a ratio of requests a second. `measured` is which of our forms stands for us. `keys` names the nodes that
    it is asked of: see `keys.Keys`.
    """

    name: str
    title: str
    keys: str
    texts: Mapping[str, str]
    floors: Mapping[str, float]
    measured: str = OURS

    @property
    def forms(self) -> list[str]:
        """Who is asked, ours first."""
        return [self.measured, *(form for form in (POSTGRAPHILE, MERCURIUS, PLAIN) if form in self.texts)]

    def body(self, form: str, key: Any) -> bytes:
        """The request as JSON; `key` is an id, or several of them for `_entities`."""
        many = isinstance(key, list)
        variables = {"those": [{"__typename": "Node", "id": one} for one in key]} if many else {"id": key}  # pyright: ignore
        return orjson.dumps({"query": self.texts.get(form, self.texts[OURS]), "variables": variables})


@dataclass(frozen=True, slots=True)
class _Words:
    """How a server calls what is asked for."""

    node: str
    id: str
    first: str

    def fields(self) -> str:
        """Those of one node."""
        return f"{self.id} kind name slug properties"

    def children(self, fields: str, more: str = "") -> str:
        """A page of children with these fields."""
        return f"children({self.first}) {{ edges {{ node {{ {fields} }} }} {more}}}"

    def read(self, fields: str) -> str:
        """A document that asks for one node."""
        return f"{self.node} {{ {fields} }} }}"


_FEDERATED = _Words("query Read($id: ID!) { node(id: $id)", "id", f"first: {PAGE}")
# PostGraphile calls the id `rowId`, and has many orders where we have one.
_POSTGRAPHILE = _Words(
    "query Read($id: UUID!) { node: nodeByRowId(rowId: $id)", "id: rowId", f"first: {PAGE}, orderBy: PLACE_ASC"
)


def _everywhere(said: Callable[[_Words], str]) -> dict[str, str]:
    ours = _FEDERATED.read(said(_FEDERATED))
    return {OURS: ours, PLAIN: ours, MERCURIUS: ours, POSTGRAPHILE: _POSTGRAPHILE.read(said(_POSTGRAPHILE))}


def _page(words: _Words) -> str:
    return f"{words.id} {words.children(words.fields(), 'pageInfo { hasNextPage } ')}"


def _nested(words: _Words) -> str:
    own = words.fields()
    fields = own
    for _ in range(LEVELS):
        fields = f"{own} {words.children(fields)}"
    return fields


_ENTITIES = (
    "query Read($those: [_Any!]!) { _entities(representations: $those) { ... on Node { "
    f"{_FEDERATED.fields()} }} }} }}"
)


def _floors(postgraphile: float, mercurius: float, plain: float) -> dict[str, float]:
    return {POSTGRAPHILE: postgraphile, MERCURIUS: mercurius, PLAIN: plain}


QUERIES: Sequence[Query] = (
    Query("node", "one node", "nodes", _everywhere(_Words.fields), _floors(2, 1.2, 10)),
    Query("page", f"page of {PAGE} children", "folders", _everywhere(_page), _floors(2.5, 1.5, 10)),
    Query("nested", "three nested levels, about 600 nodes", "branches", _everywhere(_nested), _floors(4, 4, 15)),
    Query(
        "entities", f"`_entities`, {PAGE}", "lists", dict.fromkeys((OURS, PLAIN, MERCURIUS), _ENTITIES),
        {MERCURIUS: 1.5, PLAIN: 10},
    ),
    Query("cached", "the same page, cached", "few", _everywhere(_page), _floors(10, 6, 30), CACHED),
)  # fmt: skip
