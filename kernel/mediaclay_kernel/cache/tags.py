"""What an answer depends on, in words that changes use, too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from mediaclay_kernel.changelog import Change

Tag = tuple[UUID | None, str]
"""A name inside a stream of changes, such as (structure, "children:<id>"). Without a stream it stands for any of them:
nobody knows in which one an id that is unknown now will come to exist."""

TagsOf = Callable[[Change], Iterable[Tag]]
"""What a change purges: names of its own stream, and names of any stream."""


@dataclass(slots=True)
class Marks:
    """The tags of one answer, and how far the changes were known when its reading began.

    It holds until one of `names` is purged behind its position: a revision for each stream, and a tick of this
    process's own clock for names of any stream, which mean nothing to other processes.
    """

    names: dict[UUID, frozenset[str]]
    positions: dict[UUID, int]
    anywhere: frozenset[str] = frozenset()
    tick: int = 0
    checked: tuple[int, int] = field(default=(-1, -1), compare=False)
    """When it was last found to hold, so that it is looked at once for each change and not at each hit."""

    @property
    def is_shareable(self) -> bool:
        """Whether other processes can judge it."""
        return not self.anywhere

    def is_newer_than(self, other: Marks) -> bool:
        """Whether it surely knows more: of the same streams, at least as much of each, and more of one."""
        mine, theirs = self.positions, other.positions
        return mine != theirs and mine.keys() == theirs.keys() and all(mine[each] >= theirs[each] for each in mine)


def by_stream(tags: Collection[Tag]) -> tuple[dict[UUID, frozenset[str]], frozenset[str]]:
    """The names of each stream, and those of any."""
    found: dict[UUID | None, set[str]] = {}
    for stream, name in tags:
        found.setdefault(stream, set()).add(name)
    anywhere = frozenset(found.pop(None, ()))
    return {stream: frozenset(names) for stream, names in found.items() if stream is not None}, anywhere


def positions_text(positions: Mapping[UUID, int]) -> dict[str, int]:
    """Positions as JSON has them."""
    return {str(stream): position for stream, position in positions.items()}
