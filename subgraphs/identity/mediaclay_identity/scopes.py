"""Which scopes there are, and how a set of them is narrowed."""

from __future__ import annotations

from collections.abc import Iterable

from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.principal import Scope

ALL = (Scope.READ, Scope.WRITE, Scope.ADMIN)
"""In the order in which they are always written."""
KNOWN = (*ALL, Scope.INTERNAL)
"""The last is held by our own services, and can't be handed on."""


def parse(names: Iterable[str]) -> tuple[str, ...]:
    """Scopes that a client named, without repetition. Raises `BadUserInput` for one that does not exist."""
    asked = set(names)
    if wrong := sorted(asked - set(KNOWN)):
        raise BadUserInput(f"There is no scope {wrong[0][:60]!r}; there are {', '.join(ALL)}.")
    return ordered(asked)


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Those of ours, in their fixed order."""
    held = set(names)
    return tuple(scope for scope in KNOWN if scope in held)
