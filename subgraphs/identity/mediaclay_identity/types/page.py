"""What both connections share (the Relay cursor connections specification)."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.ids import encode_cursor
from mediaclay_kernel.plan import shows

from mediaclay_identity.records import AuditPage, AuditRecord, PageInfoRecord, PrincipalPage, PrincipalRecord


def cursor(record: PrincipalRecord | AuditRecord) -> str:
    """The place of a record in every list, since all are in the order of the ids."""
    return encode_cursor(str(record.id))


def info(page: PrincipalPage | AuditPage) -> PageInfoRecord:
    """Where a page stands in its list."""
    items = page.principals if isinstance(page, PrincipalPage) else page.events
    start, end = (cursor(items[0]), cursor(items[-1])) if items else (None, None)
    return PageInfoRecord(page.behind, page.before, start, end)


def itself(record: object) -> object:
    """The same record, shown by another type."""
    return record


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
@shows(PageInfoRecord)
class PageInfo:
    """Relay's page info."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
