"""The port behind which grants are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.rights import Grant, Role
from mediaclay_kernel.watching import Source

STREAM = UUID("5c1a7000-0000-4000-8000-6772616e7473")
"""The stream of identity's changelog that holds every change of a grant, in one order."""
HEARD = "clay:grants:heard"
"""The bus's stream on which each process says how far it has heard of grants."""
LEASE = 2.5
"""Seconds for which a process believes that nothing has changed of which it has not heard. Less than `Hearers.GONE`: one
that has stood still for so long that nobody waits for it any more believes nothing."""


class Holder(NamedTuple):
    """A grant that is to be made."""

    principal: UUID
    node: UUID
    role: Role


class GrantSource(Source, Protocol):
    """Who knows everybody's grants; `since` tells whose have changed."""

    async def of(self, principals: Sequence[UUID]) -> Mapping[UUID, Sequence[Grant]]:
        """The grants of these, those that have expired possibly among them. Raises `Unavailable`."""
        ...

    async def give(self, holders: Sequence[Holder], by: UUID) -> None:
        """Grants what is not granted yet, and returns when every process knows. Raises `Unavailable`."""
        ...


def concerned(change: Change) -> list[tuple[UUID, float]]:
    """Whose grants a change has changed."""
    return [(principal, 0.0) for principal in change.within]
