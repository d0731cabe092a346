"""Whether a node lies in a scope, and which fragments a scope gained or lost."""

from __future__ import annotations

from typing import NamedTuple

from mediaclay_search.records import Document, Everywhere, Part, Scope


class Gained(NamedTuple):
    """Whole fragments that are in one scope and not in the other."""

    gained: Scope
    lost: Scope


def lies_in(document: Document, scope: Scope) -> bool:
    """Whether a node stands in a scope."""
    if isinstance(scope, Everywhere):
        return document.anchor not in scope.without
    return any(_in_part(document, part) for part in scope if part.structure == document.structure)


def difference(before: Scope, now: Scope, structure: str) -> Gained:
    """What a change of a structure gained and lost. Parts of fragments are left out: the change names their nodes."""
    if isinstance(before, Everywhere) and isinstance(now, Everywhere):
        shown, hidden = set(before.without) - set(now.without), set(now.without) - set(before.without)
        return Gained(_named(structure, shown), _named(structure, hidden))
    if isinstance(before, Everywhere) or isinstance(now, Everywhere):
        return Gained((), ())
    return Gained(_more(before, now), _more(now, before))


def _named(structure: str, anchors: set[str]) -> Scope:
    return (Part(structure, tuple(sorted(anchors))),) if anchors else ()


def _more(before: tuple[Part, ...], now: tuple[Part, ...]) -> tuple[Part, ...]:
    known = {part.structure: part for part in before}
    parts = [(part.structure, _gained(known.get(part.structure), part)) for part in now]
    return tuple(Part(structure, tuple(sorted(anchors))) for structure, anchors in parts if anchors)


def _gained(before: Part | None, now: Part) -> set[str]:
    if before is None or (before.anchors is None) != (now.anchors is None):
        return set(now.anchors or ())
    if now.anchors is None:
        return set(before.without) - set(now.without)
    return set(now.anchors) - set(before.anchors or ())


def _in_part(document: Document, part: Part) -> bool:
    if part.anchors is None:
        return document.anchor not in part.without
    if document.anchor in part.anchors:
        return True
    okey = document.okey.encode()
    return any(
        document.anchor == each.anchor and each.start.encode() <= okey < each.end.encode() for each in part.ranges
    )  # fmt: skip
