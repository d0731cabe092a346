"""Installed subgraphs by name."""

from __future__ import annotations

from difflib import get_close_matches

from mediaclay_kernel.errors import BadUserInput

from mediaclay.instance import Member, read


def named(name: str) -> Member:
    """The subgraph of that name. Raises `BadUserInput` naming the nearest one."""
    members = read().members
    if name not in members:
        near = get_close_matches(name, members, 1)
        hint = f"did you mean {near[0]}?" if near else f"installed are {', '.join(members) or 'none'}."
        raise BadUserInput(f"There is no subgraph {name}; {hint}")
    return members[name]


def chosen(name: str | None) -> list[Member]:
    """The one of that name, or all."""
    return [named(name)] if name else list(read().members.values())
