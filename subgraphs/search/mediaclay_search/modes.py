"""Ways of searching."""

from __future__ import annotations

from enum import Enum


class SearchMode(Enum):
    """How a query is taken."""

    KEYWORD = "KEYWORD"
    SEMANTIC = "SEMANTIC"
    HYBRID = "HYBRID"
