"""What all connections share (the Relay cursor connections specification)."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import column, shows

from mediaclay_structure.records import Edge, Page, PageInfoRecord

EDGE, PAGE = Edge._fields, Page._fields
"""What the properties of these records read: their own fields, and of their nodes no more than a cursor does."""


@strawberry.federation.type(shareable=True, description="Whether a list goes on, and from where.")
@shows(PageInfoRecord)
class PageInfo:
    """Whether a list goes on, and from where."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = column("start_cursor", needs=("first",))
    end_cursor: str | None = column("end_cursor", needs=("last",))
