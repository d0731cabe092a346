"""Ways of searching, and what standing queries tell."""

from __future__ import annotations

from enum import Enum


class SearchMode(Enum):
    """How a query is taken."""

    KEYWORD = "KEYWORD"
    SEMANTIC = "SEMANTIC"
    HYBRID = "HYBRID"


class EventType(Enum):
    """What became of a node."""

    MATCHED = "MATCHED"
    UNMATCHED = "UNMATCHED"
