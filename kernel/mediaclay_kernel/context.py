"""What one request carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mediaclay_kernel.access import Access
from mediaclay_kernel.errors import Unauthenticated, Unavailable
from mediaclay_kernel.plan import Loaders
from mediaclay_kernel.principal import Principal, Scope
from mediaclay_kernel.rights import Rights, rights_by_scope
from mediaclay_kernel.settings import Settings

S = TypeVar("S")


@dataclass(slots=True)
class Context(Generic[S]):
    """The caller, fresh data loaders, and what the subgraph built at its start."""

    principal: Principal
    state: S
    settings: Settings
    authorization: str | None = None
    """The caller's own header, to be passed on to another subgraph asked on the caller's behalf."""
    loaders: Loaders = field(default_factory=Loaders)
    access: Access | None = None

    @property
    def known_rights(self) -> Rights | None:
        """What the caller may do in trees at this moment, if nobody has to be asked for it."""
        return rights_by_scope(self.principal) if self.access is None else self.access.known(self.principal)

    @property
    def is_restricted(self) -> bool:
        """Whether what the caller sees depends on grants, or may do so for all that is known."""
        if rights_by_scope(self.principal) is not None:
            return False
        known = self.known_rights
        return known is None or not known.is_public_only

    @property
    def grants_version(self) -> int:
        """Another one whenever anybody's grants have changed, for a caller for whom grants may count."""
        if self.access is None or rights_by_scope(self.principal) is not None:
            return 0
        return self.access.book.version

    async def rights(self) -> Rights:
        """What the caller may do in trees at this moment. Raises `Unavailable` where that can't be known."""
        known = self.known_rights
        if known is None:
            if self.access is None:
                raise Unavailable("Nobody is there to ask for grants.")
            known = await self.access.rights(self.principal)
        return known

    def require_read(self) -> None:
        """Raises `Unauthenticated` or `Forbidden` unless the caller may read, by token or because reading is public."""
        if self.principal.id is None:
            if not self.settings.public_read:
                raise Unauthenticated("Reading needs an access token on this instance.")
        else:
            self.principal.require(Scope.READ)
