"""Where a node goes among its siblings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from uuid import UUID


class Position(Enum):
    """A place among siblings."""

    FIRST = "FIRST"
    LAST = "LAST"
    BEFORE = "BEFORE"
    AFTER = "AFTER"


@dataclass(frozen=True, slots=True)
class Place:
    """FIRST or LAST, or BEFORE or AFTER a sibling."""

    at: Position = Position.LAST
    sibling: UUID | None = None


LAST = Place()
"""Behind all siblings: where a node goes unless said."""

Sibling = tuple[UUID, str]
"""A child of some node, and its key."""
