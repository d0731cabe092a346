"""Who asks for what, where: queries that ask the same of the same sight are one, however many readers they have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import UUID

from mediaclay_kernel.errors import ClayError, Unavailable

from mediaclay_search.records import Sight, Told
from mediaclay_search.standing.match import Asked
from mediaclay_search.standing.places import Inside

WAITING = 10_000
"""Events that wait for one reader; who is slower is told to ask anew."""

Who = tuple[UUID | None, str | None]
"""A branch, and the Authorization header in whose name it is looked at."""


class Outlook:
    """What one caller sees of one branch, and all that is asked there."""

    def __init__(self, who: Who, sight: Sight) -> None:
        self.who, self.sight = who, sight
        self.inside = Inside(sight.scope)
        self.watched: dict[Asked, Watched] = {}

    def settle(self, sight: Sight, inside: Inside) -> None:
        """It is another one from now on."""
        self.sight, self.inside = sight, inside

    def inside_of(self, sight: Sight) -> Inside:
        """What lies in a newer sight; made anew only where that is another one."""
        return self.inside if sight.scope == self.sight.scope else Inside(sight.scope)

    def readers(self) -> Iterator[Query]:
        """All that read something here; they may leave meanwhile."""
        for watched in [*self.watched.values()]:
            yield from [*watched.readers]


class Watched:
    """A query in a sight, and its readers."""

    __slots__ = ("asked", "outlook", "readers")

    def __init__(self, asked: Asked, outlook: Outlook) -> None:
        self.asked, self.outlook = asked, outlook
        self.readers: dict[Query, None] = {}


class Query:
    """One reader of a standing query, and the events that wait for it."""

    def __init__(self, watched: Watched, forget: Callable[[Query], None]) -> None:
        self.watched = watched
        self._forget = forget
        self._events: asyncio.Queue[Told | ClayError] = asyncio.Queue()

    def tell(self, told: Told) -> None:
        """Hands an event on."""
        if self._events.qsize() < WAITING:
            self._events.put_nowait(told)
        else:
            self.end(Unavailable("The subscriber is too slow; subscribe again."))

    def end(self, error: ClayError) -> None:
        """There will be no more."""
        self._forget(self)
        self._events.put_nowait(error)

    async def records(self) -> AsyncIterator[Told]:
        """Each event as it comes. Raises the `ClayError` with which it ends."""
        try:
            while True:
                found = await self._events.get()
                if isinstance(found, ClayError):
                    raise found
                yield found
        finally:
            self._forget(self)


class Outlooks:
    """All of them. A caller has several of one branch where it changed between two queries and that is not told yet."""

    def __init__(self) -> None:
        self._known: dict[Who, list[Outlook]] = {}

    def __iter__(self) -> Iterator[Outlook]:
        """Each of them; they may go meanwhile."""
        return iter([outlook for some in self._known.values() for outlook in some])

    def of(self, who: Who, sight: Sight) -> Outlook:
        """The one of a caller that has this sight."""
        some = self._known.setdefault(who, [])
        found = next((each for each in some if each.sight.scope == sight.scope), None)
        if found is None:
            found = Outlook(who, sight)
            some.append(found)
        return found

    def forget(self, outlook: Outlook) -> None:
        """Nobody reads there any more."""
        some = self._known[outlook.who]
        some.remove(outlook)
        if not some:
            del self._known[outlook.who]
