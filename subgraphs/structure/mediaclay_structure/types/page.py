"""What all connections share (the Relay cursor connections specification)."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import shows

from mediaclay_structure.records import PageInfoRecord


@strawberry.federation.type(shareable=True, description="Whether a list goes on, and from where.")
@shows(PageInfoRecord)
class PageInfo:
    """Whether a list goes on, and from where."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
