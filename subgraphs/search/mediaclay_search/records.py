"""What search keeps of a node, what is asked of it, and what it answers: frozen values without behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Document(NamedTuple):
    """A node as the index holds it. `text` is every string in its properties, one a line.

    `anchor` and `okey` are its place in the tree of `structure`. A node's path is not kept: renaming a node changes
    the paths of all below it, and the changes that are read do not name those.
    """

    id: str
    structure: str
    anchor: str
    okey: str
    kind: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Range:
    """The nodes of one anchor whose okey is at least `start` and, in byte order, before `end`."""

    anchor: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one structure: `anchors` with all their nodes, and ranges within others. All of it where None."""

    structure: str
    anchors: tuple[str, ...] | None = None
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True, slots=True)
class Everywhere:
    """All structures, without the nodes of the anchors `without`. These are named alone: no two structures share one."""

    without: tuple[str, ...] = ()


EVERYWHERE = Everywhere()

Scope = tuple[Part, ...] | Everywhere
"""Where to search; nowhere for an empty tuple."""


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind the node `id`, which had this score and was the `rank`-th (a hint, from 1)."""

    score: float
    id: str
    rank: int


@dataclass(frozen=True, slots=True)
class Search:
    """A search. Blank `text` finds every node in the scope; `kinds` None lets all kinds pass."""

    text: str
    scope: Scope = EVERYWHERE
    kinds: tuple[str, ...] | None = None
    first: int = 20
    after: After | None = None


@dataclass(frozen=True, slots=True)
class Highlight:
    """A field with its matches in <mark>, all else HTML-escaped."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A node that was found, as the `rank`-th of all. `highlights` computes, so call it off the event loop."""

    id: str
    score: float
    rank: int
    highlights: Callable[[], list[Highlight]]


@dataclass(frozen=True, slots=True)
class Page:
    """The hits of one page, best first; `total` counts those of all pages."""

    hits: list[Hit]
    total: int
    has_next: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many nodes matched that have `value`."""

    value: str
    count: int


class FeedLine(NamedTuple):
    """Part of what structure says of one change: nodes as they are now, and ids that are not to be found any more.

    Nothing that was told before of the anchors `fragments` is to be found any more either.
    """

    revision: int
    gone: list[str]
    nodes: list[Document]
    fragments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A node, as other subgraphs know it."""

    id: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many matches have each value of a field."""

    field: str
    buckets: list[Bucket]


@dataclass(frozen=True, slots=True)
class Results:
    """A page, the search that it answers, and how many changes the index had yet to read."""

    page: Page
    search: Search
    lag: int
