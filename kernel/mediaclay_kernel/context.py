"""What one request carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mediaclay_kernel.errors import Unauthenticated
from mediaclay_kernel.plan import Loaders
from mediaclay_kernel.principal import Principal, Scope
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

    def require_read(self) -> None:
        """Raises `Unauthenticated` or `Forbidden` unless the caller may read, by token or because reading is public."""
        if self.principal.id is None:
            if not self.settings.public_read:
                raise Unauthenticated("Reading needs an access token on this instance.")
        else:
            self.principal.require(Scope.READ)
