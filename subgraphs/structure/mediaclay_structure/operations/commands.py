"""What operations are asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mediaclay_structure.tree.order import LAST, Place


@dataclass(frozen=True, slots=True)
class CreateNode:
    """A new node below `parent`. A slug is made of the name where none is given."""

    parent: UUID
    kind: str
    name: str
    id: UUID | None = None
    slug: str | None = None
    properties: Any = None
    place: Place = LAST


@dataclass(frozen=True, slots=True)
class UpdateNode:
    """New values for some of a node's own fields; None leaves one as it is. `properties` is a merge patch."""

    id: UUID
    name: str | None = None
    slug: str | None = None
    kind: str | None = None
    properties: Any = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class MoveNode:
    """A node, with its branch, to another parent or another place."""

    id: UUID
    parent: UUID
    place: Place = LAST
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class CloneNode:
    """A copy of a node with its branch below `parent`; `new_id` is the copy's own."""

    id: UUID
    parent: UUID
    place: Place = LAST
    name: str | None = None
    new_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PruneNode:
    """A node, with its branch, to be taken away."""

    id: UUID
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class RestoreNode:
    """A pruned branch to be brought back: where it was, or below `parent`."""

    id: UUID
    parent: UUID | None = None


@dataclass(frozen=True, slots=True)
class LinkNodes:
    """A link from `source` to `target`."""

    source: UUID
    target: UUID
    kind: str
    properties: Any = None


@dataclass(frozen=True, slots=True)
class UnlinkNodes:
    """A link to be removed."""

    id: UUID


NodeCommand = CreateNode | UpdateNode | MoveNode | CloneNode | PruneNode | RestoreNode | LinkNodes | UnlinkNodes


@dataclass(frozen=True, slots=True)
class Apply:
    """Many operations on one structure: all of them in this order, or none."""

    structure: UUID
    operations: Sequence[NodeCommand]
    expected_revision: int | None = None


@dataclass(frozen=True, slots=True)
class SetKind:
    """What a structure asks of all nodes of a kind. `allowed_children` of None allows any, of [] none."""

    structure: UUID
    name: str
    schema: Any
    allowed_children: list[str] | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class CreateStructure:
    """A new tree with a root of the same name."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class SetPublic:
    """Whether anybody may read a structure."""

    structure: UUID
    is_public: bool
