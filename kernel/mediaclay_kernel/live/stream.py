"""One stream of changes that somebody follows: how far it was told, and to which groups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.live.group import Group

EARLY = 1_000
"""Changes that came before the ones that they follow, and are kept until those are there."""


class Stream:
    """Its groups by the place that they follow, each change offered to them in the order of the revisions."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.seen = position
        """The newest revision that the changelog was found to have."""
        self._places: dict[UUID | None, dict[Hashable, Group]] = {}
        self._early: dict[int, tuple[Change, bool]] = {}

    def group(self, place: UUID | None, name: Hashable, make: Callable[[], Group]) -> Group:
        """The group of that name."""
        groups = self._places.setdefault(place, {})
        if name not in groups:
            groups[name] = make()
        return groups[name]

    @property
    def is_idle(self) -> bool:
        """Whether nobody follows it."""
        return not self._places

    def drop(self, group: Group) -> None:
        """Forgets a group that has no subscribers."""
        groups = self._places.get(group.following.place, {})
        for name in [name for name, each in groups.items() if each is group]:
            del groups[name]
        if not groups:
            self._places.pop(group.following.place, None)

    def feed(self, change: Change, *, is_unsettling: bool) -> bool:
        """Offers a change, and those that waited for it; whether there is none that waits for another one."""
        if change.revision > self.position:
            self._early[change.revision] = change, is_unsettling
        while (found := self._early.pop(self.position + 1, None)) is not None:
            self.position += 1
            self._offer(*found)
        if len(self._early) > EARLY:
            self._early.clear()
        return not self._early

    def recheck(self) -> None:
        """Asks all groups whether they may still be told."""
        for group in self._all():
            group.offer(None, unsettles=True)

    def end(self, error: ClayError) -> None:
        """Ends all subscriptions."""
        for group in self._all():
            group.end(error)

    def _offer(self, change: Change, is_unsettling: bool) -> None:
        places = {*change.within, None}
        for place in places & self._places.keys():
            for group in self._places[place].values():
                group.offer(change, unsettles=is_unsettling)
        for place in self._places.keys() - places if is_unsettling else ():
            for group in self._places[place].values():
                group.offer(None, unsettles=True)

    def _all(self) -> Iterator[Group]:
        return iter([group for groups in self._places.values() for group in groups.values()])
