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


@dataclass(frozen=True, slots=True)
class Principal:
    """The subject of a verified token, or nobody (`id` None).

    `actors` are the principals that stand behind an agent's token (the `act` chain of RFC 8693), outermost first.
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
