"""What somebody may do in trees, by roles on their nodes. Pure rules."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.errors import Forbidden, NotFound
from mediaclay_kernel.principal import Principal, Scope

FOR_EVER = math.inf
"""The end of a grant that does not expire."""


class Role(IntEnum):
    """What a grant allows; each allows what those before it do."""

    READ = 1
    SUGGEST = 2
    WRITE = 3
    MANAGE = 4


class Grant(NamedTuple):
    """A role on a node and all below it, until a second since 1970."""

    node: UUID
    role: Role
    until: float = FOR_EVER


Roles = Mapping[UUID, Role]
"""The role of one principal on each node that was granted to it."""


class Held:
    """The grants of one principal."""

    __slots__ = ("_grants", "_roles", "_until")

    def __init__(self, grants: Iterable[Grant]) -> None:
        self._grants = tuple(grants)
        self._roles: Roles = {}
        self._until = -math.inf

    def at(self, now: float) -> tuple[Roles, float]:
        """The roles at a second since 1970, and the second at which the next of them ends."""
        if now >= self._until:
            roles: dict[UUID, Role] = {}
            until = FOR_EVER
            for node, role, end in self._grants:
                if end > now:
                    roles[node] = max(role, roles.get(node, role))
                    until = min(until, end)
            self._roles, self._until = roles, until
        return self._roles, self._until


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may do: the least of what each of those allows who act in its chain.

    `chain` are the roles of the subject and of each actor; without any of them only what is public may be read.
    """

    chain: tuple[Roles, ...] = ()
    is_all: bool = False
    most: Role = Role.MANAGE
    """What the scopes of the token are good for."""
    until: float = field(default=FOR_EVER, compare=False)
    """The second since 1970 at which a grant among them ends."""

    @property
    def is_public_only(self) -> bool:
        """Whether no more than what is public may be seen: of those in the chain somebody was granted nothing."""
        return not self.is_all and not all(self.chain or ({},))

    def role(self, line: Iterable[UUID], *, is_public: bool = False) -> Role | None:
        """The role on a node whose `line` are its own id and those of all above it. None: it may not be seen."""
        if self.is_all:
            return self.most
        above = set(line)
        least = min((_best(roles, above) for roles in self.chain), default=0)
        if is_public:
            least = max(least, Role.READ)
        return Role(min(least, self.most)) if least else None

    def reads(self, line: Iterable[UUID], *, is_public: bool = False) -> bool:
        """Whether a node may be seen: see `role`."""
        return self.role(line, is_public=is_public) is not None

    def require(self, role: Role, line: Iterable[UUID], missing: str, *, is_public: bool = False) -> None:
        """Raises `NotFound` with the words of what is not there, or `Forbidden` for what may be seen but not this."""
        own = self.role(line, is_public=is_public)
        if own is None:
            raise NotFound(missing)
        if own < role:
            raise Forbidden(f"This needs the role {role.name} on the node or above it; you have {own.name}.")

    @property
    def granted(self) -> tuple[list[UUID], list[int]]:
        """The nodes of all grants, each with the number (from 0) of its holder in the chain."""
        if len(self.chain) == 1:
            nodes = list(self.chain[0])
            return nodes, [0] * len(nodes)
        pairs = [(node, holder) for holder, roles in enumerate(self.chain) for node in roles]
        return [node for node, _ in pairs], [holder for _, holder in pairs]


def _best(roles: Roles, above: set[UUID]) -> int:
    if len(above) < len(roles):
        return max((roles[node] for node in above if node in roles), default=0)
    return max((role for node, role in roles.items() if node in above), default=0)


PUBLIC = Rights(most=Role.READ)
"""Of nobody, and of whoever was granted nothing."""


def most_of(principal: Principal) -> Role:
    """What the scopes of a token allow at the most."""
    return Role.MANAGE if Scope.WRITE in principal.scopes else Role.READ


def sees_all(principal: Principal) -> bool:
    """Whether grants are not asked for: an administrator in person, and our own services."""
    scopes = principal.scopes
    return (Scope.ADMIN in scopes or Scope.INTERNAL in scopes) and not principal.actors


def rights_by_scope(principal: Principal) -> Rights | None:
    """The rights of a caller for whom no grant counts, None for any other."""
    if principal.id is None:
        return PUBLIC
    return Rights(is_all=True, most=most_of(principal)) if sees_all(principal) else None


def rights_of(principal: Principal, held: Sequence[Held], now: float) -> Rights:
    """The rights of a caller by the grants of itself and of each of its actors, in that order."""
    found = [each.at(now) for each in held]
    until = min((end for _, end in found), default=FOR_EVER)
    return Rights(tuple(roles for roles, _ in found), most=most_of(principal), until=until)
