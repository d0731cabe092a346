"""Who acts: a human, an agent or a service, and on whose behalf. Authority is a value, passed as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from mediaclay_kernel.errors import Forbidden, Unauthenticated


class PrincipalType(Enum):
    """What a principal is."""

    HUMAN = "HUMAN"
    AGENT = "AGENT"
    SERVICE = "SERVICE"


class Scope:
    """What a token may be good for."""

    READ = "clay.read"
    WRITE = "clay.write"
    ADMIN = "clay.admin"
    APPROVE = "clay.approve"
    """To approve proposals. A human's alone: no token of an agent, or of whoever acts through one, may carry it."""

    INTERNAL = "clay.internal"
    """Of our own services among themselves: they read everything, and ask identity for anybody's grants. Not to be had
    by anyone else, so it is not among `ALL`."""

    ALL = (READ, WRITE, ADMIN, APPROVE)
    """In the order in which they are always written."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The subject of a verified token, or nobody (`id` None).

    `actors` are those who act for it, or stand behind it (the `act` chain of RFC 8693), the one who acts now first.
    """

    id: UUID | None
    type: PrincipalType | None = None
    scopes: frozenset[str] = frozenset()
    actors: tuple[UUID, ...] = ()

    def require(self, scope: str) -> UUID:
        """The id of a principal whose token holds `scope`. Raises `Unauthenticated` or `Forbidden`."""
        if self.id is None:
            raise Unauthenticated
        if scope not in self.scopes:
            raise Forbidden(f"The token lacks the scope {scope}.")
        return self.id


NOBODY = Principal(None)
