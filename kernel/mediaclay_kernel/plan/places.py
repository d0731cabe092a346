"""Where the values of a column stand in the answer. Only errors ask, so nothing is worked out before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LISTS: frozenset[Any] = frozenset({list, tuple})
Step = tuple[int, str | int]
"""A key with its rank among its siblings, or an index twice: so that steps sort as the document does."""


class Place:
    """One field of the records that stand at `above`."""

    __slots__ = ("above", "step")

    def __init__(self, above: Place | None, step: Step) -> None:
        self.above = above
        self.step = step

    def path(self, index: int) -> list[Step]:
        """The way from the top of the answer to the value at `index` of the column."""
        return [*self.above.path(index), self.step] if self.above is not None else []


TOP = Place(None, (0, ""))


class Some(Place):
    """The values of `above` at these indices."""

    __slots__ = ("indices",)

    def __init__(self, above: Place, indices: Sequence[int]) -> None:
        super().__init__(above, (0, ""))
        self.indices = indices

    def path(self, index: int) -> list[Step]:
        """See `Place`."""
        assert self.above is not None
        return self.above.path(self.indices[index])


class Items(Place):
    """The items of the lists that stand at `above`."""

    __slots__ = ("_origins", "lists")

    def __init__(self, above: Place, lists: Sequence[Any]) -> None:
        super().__init__(above, (0, ""))
        self.lists = lists
        self._origins: list[tuple[int, int]] | None = None

    def path(self, index: int) -> list[Step]:
        """See `Place`."""
        assert self.above is not None
        if self._origins is None:
            lengths = [len(many) if type(many) in LISTS else 0 for many in self.lists]  # nulls stand among them
            self._origins = [(owner, at) for owner, length in enumerate(lengths) for at in range(length)]
        owner, at = self._origins[index]
        return [*self.above.path(owner), (at, at)]
