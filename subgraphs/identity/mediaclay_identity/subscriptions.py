"""What is told of grants as it happens."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.access import STREAM
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import Unauthenticated
from mediaclay_kernel.live import Changes
from mediaclay_kernel.plan import follows

from mediaclay_identity.types.grant import AccessEvent
from mediaclay_identity.types.principal import Request


async def access_changed(at: Request) -> Changes:
    """The changes of the caller's own grants. Raises `Unauthenticated`."""
    if at.principal.id is None:
        raise Unauthenticated
    return at.state.live.follow(STREAM, at.principal.id, None, _check)


async def _check(_: Change | None) -> None:
    """What one was granted may be known as long as the token is good, which the connection sees to."""


@strawberry.type
class Subscription:
    """What is told as it happens."""

    access_changed: AccessEvent = follows(
        access_changed, description="Changes of the caller's own grants, from now on."
    )
