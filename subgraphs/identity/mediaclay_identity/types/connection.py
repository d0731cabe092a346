"""Lists of principals, as Relay's connections."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from mediaclay_kernel.ids import encode_cursor
from mediaclay_kernel.plan import column, path, shows

from mediaclay_identity import loaders
from mediaclay_identity.records import PrincipalPage, PrincipalRecord
from mediaclay_identity.types.principal import Principal, Request


def cursor(principal: PrincipalRecord) -> str:
    """The place of a principal in every list, since all are in the order of the ids."""
    return encode_cursor(str(principal.id))


def start(page: PrincipalPage) -> str | None:
    """The cursor of the first of a page."""
    return cursor(page.principals[0]) if page.principals else None


def end(page: PrincipalPage) -> str | None:
    """The cursor of the last of a page."""
    return cursor(page.principals[-1]) if page.principals else None


def itself(record: object) -> object:
    """The same record, shown by another type."""
    return record


async def total_counts(context: Request, pages: Sequence[PrincipalPage]) -> list[int]:
    """How many principals each list has in all."""
    return await loaders.counts_by_type(context.state.database, [page.type for page in pages])


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
@shows(PrincipalPage)
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = column("behind")
    has_previous_page: bool = column("before")
    start_cursor: str | None = column(start)
    end_cursor: str | None = column(end)


@strawberry.type(description="A principal in a list.")
@shows(PrincipalRecord)
class PrincipalEdge:
    """An edge."""

    cursor: str = column(cursor, description="Opaque; good for `after`.")
    node: Principal = column(itself)


@strawberry.type(description="A page of principals.")
@shows(PrincipalPage)
class PrincipalConnection:
    """A connection."""

    edges: list[PrincipalEdge] = column("principals")
    nodes: list[Principal] = column("principals")
    page_info: PageInfo = column(itself)
    total_count: int = path(total_counts, description="How many there are in the whole list.")
