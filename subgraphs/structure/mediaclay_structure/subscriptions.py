"""The subscriptions of the structure subgraph."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.live import Changes
from mediaclay_kernel.plan import follows

from mediaclay_structure.loaders import following
from mediaclay_structure.state import Request
from mediaclay_structure.types.node import Change


async def changes(at: Request, *, within: strawberry.ID, after: int | None = None) -> Changes:
    """The changes of a branch."""
    return await following.of_branch(at, within, after)


@strawberry.type
class Subscription:
    """What is told as it happens."""

    changes: Change = follows(
        changes,
        description="Each change in this branch from now on, or from the revision after `after`: in order, none missing, "
        "none twice. A move into the branch or out of it is a change of it.",
    )
