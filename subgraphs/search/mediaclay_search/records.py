"""What search keeps of a node, what is asked of it, and what it answers: frozen values without behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from mediaclay_search.modes import EventType


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
    facts: tuple[str, ...] = ()
    """Terms of its properties, by which `where` finds it."""
    meaning: str = ""
    """What of it is embedded; blank for nothing."""


@dataclass(frozen=True, slots=True)
class Has:
    """Nodes that have a term among their facts."""

    term: str


@dataclass(frozen=True, slots=True)
class Between:
    """Nodes that have a term from `start` to `end` among their facts, in byte order, both of them included."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Not:
    """Nodes for which something does not hold."""

    of: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """Nodes for which all of it holds; every node for nothing."""

    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Nodes for which some of it holds; no node for nothing."""

    of: tuple[Condition, ...]


Condition = Has | Between | Not | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Range:
    """The nodes of one anchor whose okey is at least `start` and, in byte order, before `end`."""

    anchor: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one structure: `anchors` with all their nodes, and ranges within others.

    Where `anchors` is None: all of it, without the nodes of the anchors `without`.
    """

    structure: str
    anchors: tuple[str, ...] | None = None
    ranges: tuple[Range, ...] = ()
    without: tuple[str, ...] = ()


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
    where: Condition | None = None
    only: tuple[str, ...] | None = None
    """Ids; no other node is found."""
    without: tuple[str, ...] = ()
    """Ids that are not found."""
    any_word: bool = False
    """Whether one word is enough, and words that are rare count for more: for sentences, of which few words are there."""


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
    mark: float | None = None
    """Its score among the matches by words, where `score` is made of several."""
    relevance: float | None = None
    """By which it is weighed against hits of another kind, where `score` only says its place; None: its score."""


@dataclass(frozen=True, slots=True)
class Page:
    """The hits of one page, best first. `count` is how many hits all pages have, or finds it out."""

    hits: list[Hit]
    count: int | Callable[[], int]
    has_next: bool

    @property
    def total(self) -> int:
        """How many hits all pages have. It may have to be computed, so ask for it off the event loop."""
        return self.count if isinstance(self.count, int) else self.count()


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
    type: str = ""
    """The type of the change."""


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
class Sight:
    """What a caller may see of what was asked for: where it lies, as of the `revisions` of these structures."""

    scope: Scope
    revisions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Results:
    """A page, the search that counts its matches, and how many changes the index had yet to read.

    `beside` are matches that are not among those of `search`: they were found by meaning alone.
    """

    page: Page
    search: Search
    lag: int
    sight: Sight
    within: UUID | None = None
    beside: tuple[str, ...] = ()
    is_later: bool = False
    """Whether it is not the first page."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many nodes an index has, and how many bytes it takes where it lies."""

    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How far a rebuild of the index is: changes that were read, and those that there are."""

    is_running: bool
    read: int
    total: int
    done: int
    """How many rebuilds this process has finished."""


@dataclass(frozen=True, slots=True)
class Told:
    """A node began to match a standing query, or ceased to, by the change of that revision."""

    type: EventType
    hit: Hit
    revision: int
