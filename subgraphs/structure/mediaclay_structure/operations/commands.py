"""What operations are asked to do."""

from __future__ import annotations

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
class CreateStructure:
    """A new tree with a root of the same name."""

    slug: str
    name: str
