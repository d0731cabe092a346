"""Rows as plain values. Named tuples, since they are made by the thousand and cost a sixth of a frozen dataclass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

R = TypeVar("R")


class StructureRecord(NamedTuple):
    """One tree."""

    id: UUID
    slug: str
    name: str
    root_id: UUID
    bound: int
    created_at: datetime
    created_by: UUID
    trash_id: UUID
    is_public: bool
    revision: int


class NodeRecord(NamedTuple):
    """One node; its full key is that of its anchor followed by `okey`.

    Read to be shown, it has None for times and principals that nobody asks for.
    """

    structure_id: UUID
    id: UUID
    parent_id: UUID | None
    pos: str
    okey: str
    kind: str
    name: str
    slug: str
    properties: Any
    """An object; its text as PostgreSQL wrote it where the node was read to be shown; None where nobody asks for it."""
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: UUID
    updated_by: UUID


PLACE = ("structure_id", "id", "parent_id", "pos", "okey")
"""The fields that are read of each node, whatever it is read for."""


class IndexedNode(NamedTuple):
    """A node as an index keeps it: where it is, in numbers that few changes touch, and its content."""

    id: UUID
    anchor: int
    okey: str
    kind: str
    name: str
    properties: dict[str, Any]
    version: int


class KindRecord(NamedTuple):
    """A registered kind."""

    structure_id: UUID
    name: str
    schema: dict[str, Any]
    allowed_children: list[str] | None
    description: str | None


class LinkRecord(NamedTuple):
    """A typed link from one node to another of the same structure."""

    structure_id: UUID
    id: UUID
    kind: str
    source_id: UUID
    target_id: UUID
    properties: dict[str, Any]
    created_at: datetime
    created_by: UUID


class Ingestion(NamedTuple):
    """What a batch brought: its nodes, those of them whose parents were there before, and its links.

    `within` are the nodes that were there before, and have more below them or more links now, with all above them.
    """

    created: list[UUID]
    tops: list[UUID]
    links: list[UUID]
    within: list[UUID]


class Purged(NamedTuple):
    """How many nodes a branch had that is gone, and the anchors of its fragments."""

    nodes: int
    fragments: list[int]


class Cloned(NamedTuple):
    """How many nodes a copy has, and the anchors of the fragments that it consists of."""

    nodes: int
    fragments: list[int]


class PrunedRecord(NamedTuple):
    """A pruned branch: its top, and the place where that was."""

    structure_id: UUID
    node_id: UUID
    parent_id: UUID
    pos: str
    slug: str
    pruned_at: datetime
    pruned_by: UUID
    purging: datetime | None
    purged_at: datetime | None


class PrincipalRecord(NamedTuple):
    """The key of a principal; the identity subgraph knows the rest."""

    id: UUID


class BranchLabel(NamedTuple):
    """Where a node stands: its fragment, its key in it, the full key of the fragment's anchor, the structure's bound."""

    structure_id: UUID
    id: UUID
    anchor_id: int
    okey: str
    gpath: str
    bound: int
    is_public: bool = False
    """Whether anybody may read its structure."""

    @property
    def full_key(self) -> str:
        """Its place in the whole structure."""
        return self.gpath + self.okey


class Held(NamedTuple):
    """A node that is locked, where it stands, and the ids from itself up to the root."""

    node: NodeRecord
    label: BranchLabel
    line: list[UUID]


class BranchScope(NamedTuple):
    """A branch as the fragments that lie wholly inside it, and the part of the fragment that it starts in."""

    structure: UUID
    revision: int
    anchors: list[int]
    ranges: list[KeyRange]
    is_whole: bool = False


class KeyRange(NamedTuple):
    """The keys low <= okey < high of one fragment."""

    anchor: int
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """Which nodes of a list are wanted; None stands for any."""

    kinds: list[str] | None = None
    name_contains: str | None = None
    where: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it lets every node through."""
        return self.kinds is None and self.name_contains is None and self.where is None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted: the first after a cursor, or the last before one. `limit` is at most 1,000."""

    limit: int
    cursor: str | None = None
    backward: bool = False


class Edge(NamedTuple, Generic[R]):
    """A record in a list. The cursor of its place is made where it is asked for."""

    node: R
    cursor_of: Callable[[R], str]

    @property
    def cursor(self) -> str:
        """The place of the record in the list."""
        return self.cursor_of(self.node)


class PageInfoRecord(NamedTuple):
    """Whether the list goes on, and from where."""

    has_next_page: bool
    has_previous_page: bool
    first: Edge[Any] | None
    last: Edge[Any] | None

    @property
    def start_cursor(self) -> str | None:
        """The place of the first record."""
        return None if self.first is None else self.first.cursor

    @property
    def end_cursor(self) -> str | None:
        """The place of the last record."""
        return None if self.last is None else self.last.cursor


@dataclass(frozen=True, slots=True)
class ChildrenOf:
    """The list of a node's children."""

    parent: NodeRecord
    filter: NodeFilter


@dataclass(frozen=True, slots=True)
class DescendantsOf:
    """The list of all nodes below a node, down to `max_depth` levels."""

    top: NodeRecord
    filter: NodeFilter
    max_depth: int | None


@dataclass(frozen=True, slots=True)
class LinksOf:
    """The list of a node's links."""

    node: NodeRecord
    kind: str | None
    direction: str


class Page(NamedTuple, Generic[R]):
    """A part of a list. `of` says which list, so that its total is counted only where it is asked for."""

    nodes: list[R]
    cursor_of: Callable[[R], str]
    has_next_page: bool = False
    has_previous_page: bool = False
    of: object = None

    @property
    def edges(self) -> list[Edge[R]]:
        """The records with their cursors."""
        cursor_of = self.cursor_of
        return [Edge(node, cursor_of) for node in self.nodes]

    @property
    def page_info(self) -> PageInfoRecord:
        """Whether the list goes on, and from where."""
        ends = [Edge(node, self.cursor_of) for node in (self.nodes[0], self.nodes[-1])] if self.nodes else [None, None]
        return PageInfoRecord(self.has_next_page, self.has_previous_page, *ends)
