"""What narrows a search, in the language of Meilisearch's filters (1.15 or newer, which compares texts)."""

from __future__ import annotations

from collections.abc import Iterable

from mediaclay_search.engine.meili.layout import anchor, coded
from mediaclay_search.records import (
    AllOf,
    AnyOf,
    Between,
    Condition,
    Everywhere,
    Has,
    Not,
    Part,
    Range,
    Scope,
    Search,
)

NONE = 'id = "none"'
ALL = "id EXISTS"


def of_search(search: Search) -> str:
    """The filter of a search."""
    parts = [_scope(search.scope)]
    if search.kinds is not None:
        parts.append(one_of("kind", map(coded, search.kinds)))
    if search.where is not None:
        parts.append(_condition(search.where))
    if search.only is not None:
        parts.append(one_of("id", map(coded, search.only)))
    if search.without:
        parts.append(f"NOT {one_of('id', map(coded, search.without))}")
    return _all(parts)


def one_of(field: str, values: Iterable[str]) -> str:
    """Documents whose field has one of these values."""
    listed = ", ".join(f'"{value}"' for value in values)
    return f"{field} IN [{listed}]" if listed else NONE


def _scope(scope: Scope) -> str:
    if isinstance(scope, Everywhere):
        return _outside(scope.without) if scope.without else ALL
    return _any([_part(part) for part in scope])


def _outside(anchors: Iterable[str]) -> str:
    return f"NOT {one_of('fragment', map(coded, anchors))}"


def _part(part: Part) -> str:
    if part.anchors is None:
        whole = f'structure = "{coded(part.structure)}"'
        return _all([whole, _outside(part.without)]) if part.without else whole
    whole = one_of("anchor", (anchor(part.structure, each) for each in part.anchors))
    return _any([whole, *(_range(part.structure, each) for each in part.ranges)])


def _range(structure: str, asked: Range) -> str:
    place = f'anchor = "{anchor(structure, asked.anchor)}"'
    return _all([place, f'okey >= "{coded(asked.start)}"', f'okey < "{coded(asked.end)}"'])


def _condition(condition: Condition) -> str:
    match condition:
        case Has(term):
            return f'facts = "{term}"'
        case Between(start, end):
            return f'facts "{start}" TO "{end}"'
        case Not(of):
            return f"NOT {_condition(of)}"
        case AllOf(of):
            return _all([_condition(each) for each in of])
        case AnyOf(of):
            return _any([_condition(each) for each in of])


def _all(parts: list[str]) -> str:
    return f"({' AND '.join(parts)})" if parts else ALL


def _any(parts: list[str]) -> str:
    return f"({' OR '.join(parts)})" if parts else NONE
