"""Principals belong to the identity subgraph; here they are keys."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import shows
from strawberry.federation.schema_directives import Key

from mediaclay_structure.records import PrincipalRecord


@strawberry.federation.type(
    keys=[Key(fields="id", resolvable=False)],  # pyright: ignore[reportArgumentType, reportCallIssue]
    description="Who acts. Owned by the identity subgraph.",
)
@shows(PrincipalRecord)
class Principal:
    """Who acts."""

    id: strawberry.ID
