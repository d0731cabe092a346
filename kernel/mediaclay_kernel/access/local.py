"""Grants kept in this process: for tests of a subgraph by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from mediaclay_kernel.access.source import Holder
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.rights import FOR_EVER, Grant, Role
from mediaclay_kernel.watching import Position, Told


class LocalGrants:
    """A `GrantSource`. Books that were made with it are told of every change at once."""

    def __init__(self) -> None:
        self.revision = 0
        self.failure: ClayError | None = None
        """What is raised to whoever asks, where it is set: identity is away."""
        self._grants: dict[UUID, list[Grant]] = {}
        self._changes: list[UUID] = []
        self.hearers: list[Callable[[UUID], None]] = []
        """Told at once whose grants have changed."""

    async def since(self, position: Position | None) -> Told:
        """See `GrantSource`."""
        self._check()
        changed = self._changes[0 if position is None else position.revision :]
        known = Position("", self.revision)
        return Told(known, position is None, dict.fromkeys(changed, 0.0), UUID(int=0), "")

    async def of(self, principals: Sequence[UUID]) -> Mapping[UUID, Sequence[Grant]]:
        """See `GrantSource`."""
        self._check()
        return {each: [*self._grants.get(each, ())] for each in principals}

    async def give(self, holders: Sequence[Holder], by: UUID) -> None:
        """See `GrantSource`."""
        self._check()
        for each in holders:
            if not any(g.node == each.node and g.role >= each.role for g in self._grants.get(each.principal, ())):
                self.grant(each.principal, each.node, each.role)

    def grant(self, principal: UUID, node: UUID, role: Role, until: float = FOR_EVER) -> Grant:
        """One more grant."""
        made = Grant(node, role, until)
        self._grants.setdefault(principal, []).append(made)
        self._changed(principal)
        return made

    def revoke(self, principal: UUID, grant: Grant) -> None:
        """One grant less."""
        self._grants[principal].remove(grant)
        self._changed(principal)

    def _changed(self, principal: UUID) -> None:
        self.revision += 1
        self._changes.append(principal)
        for hear in self.hearers:
            hear(principal)

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure
