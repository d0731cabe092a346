"""Whether a node lies in a scope, and which fragments a scope gained or lost."""

from __future__ import annotations

from typing import NamedTuple

from mediaclay_search.records import Document, Everywhere, Part, Scope


class Gained(NamedTuple):
    """Whole fragments that are in one scope and not in the other."""

    gained: Scope
    lost: Scope


class Inside:
    """Which nodes stand in a scope, prepared to be asked for many of them."""

    def __init__(self, scope: Scope) -> None:
        self._hidden = frozenset(scope.without) if isinstance(scope, Everywhere) else None
        self._parts: dict[str, list[_Part]] = {}
        for part in () if isinstance(scope, Everywhere) else scope:
            self._parts.setdefault(part.structure, []).append(_Part(part))

    def holds(self, document: Document | None) -> bool:
        """Whether a node stands in it; one that is not there does not."""
        if document is None:
            return False
        if self._hidden is not None:
            return document.anchor not in self._hidden
        return any(part.holds(document) for part in self._parts.get(document.structure, ()))

    def covers(self, structure: str) -> bool:
        """Whether anything of a structure may stand in it."""
        return self._hidden is not None or structure in self._parts


class _Part:
    def __init__(self, part: Part) -> None:
        self._anchors = None if part.anchors is None else frozenset(part.anchors)
        self._hidden = frozenset(part.without)
        self._ranges = [(each.anchor, each.start.encode(), each.end.encode()) for each in part.ranges]

    def holds(self, document: Document) -> bool:
        if self._anchors is None:
            return document.anchor not in self._hidden
        if document.anchor in self._anchors:
            return True
        okey = document.okey.encode()
        return any(document.anchor == anchor and start <= okey < end for anchor, start, end in self._ranges)


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
