"""Lists of principals, as Relay's connections."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry
from mediaclay_kernel.plan import column, path, shows

from mediaclay_identity import loaders
from mediaclay_identity.records import PrincipalPage, PrincipalRecord
from mediaclay_identity.types.page import PageInfo, cursor, info, itself
from mediaclay_identity.types.principal import Principal, Request


async def total_counts(context: Request, pages: Sequence[PrincipalPage]) -> list[int]:
    """How many principals each list has in all."""
    return await loaders.counts_by_type(context.state.database, [page.type for page in pages])


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
    page_info: PageInfo = column(info)
    total_count: int = path(total_counts, description="How many there are in the whole list.")
