"""What changes have purged, as far as this process knows. Pure, but for the clock that is given.

Every process keeps its own table, from the changelog alone. So no server needs to be told of a purge before an answer
goes out, and none can forget one: what comes out of a shared store is judged by the reader's table, however old it is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from mediaclay_kernel.cache.tags import Marks, Tag, TagsOf, by_stream
from mediaclay_kernel.changelog import Change

log = logging.getLogger(__name__)

MOST = 200_000
"""Names that are remembered; then those of the fullest stream are forgotten, with all answers from before."""


@dataclass(slots=True)
class Stream:
    """What is known of one stream: all changes up to `known`, and those `ahead` of a gap, which are our own."""

    known: int
    floor: int
    """Of answers from before it we don't know what has been purged since."""
    purged: dict[str, int] = field(default_factory=dict[str, int])
    """The revision that purged each name last."""
    ahead: set[int] = field(default_factory=set[int])

    def holds(self, position: int, names: frozenset[str]) -> bool:
        """Whether none of the names was purged behind that position."""
        if position < self.floor:
            return False
        if position >= self.known and not self.ahead:
            return True
        return all(self.purged[name] <= position for name in self.purged.keys() & names)

    def forget(self, head: int) -> int:
        """Starts anew from a revision; answers how many names that lets go."""
        before = len(self.purged)
        self.known = self.floor = max(head, self.known)
        self.ahead = {revision for revision in self.ahead if revision > self.known}
        self.purged = {name: revision for name, revision in self.purged.items() if revision > self.known}
        return before - len(self.purged)


class Fill:
    """A reading that has begun: what was known of the streams then."""

    def __init__(self, tick: int, world: int) -> None:
        self.tick = tick
        self.world = world
        self.positions: dict[UUID, int] = {}
        """Of streams that have moved on since."""


class Purges:
    """The table of this process, and the lease under which it may be believed."""

    def __init__(self, tags_of: TagsOf, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._tags_of = tags_of
        self._most = most
        self._clock = clock
        self._streams: dict[UUID, Stream] = {}
        self._anywhere: dict[str, int] = {}
        self._anywhere_floor = 0
        self._fills: set[Fill] = set()
        self._names = 0
        self._until = float("-inf")
        self.tick = 0
        self.world = 0
        """Grows when the changelog turns out to be another one; then nothing from before holds."""
        self.epoch = ""

    # The lease

    @property
    def is_following(self) -> bool:
        """Whether all that was committed until a moment ago is in the table."""
        return self._clock() < self._until

    def follow_until(self, moment: float) -> None:
        """The table is complete; it may be believed until then, by the clock that was given."""
        self._until = moment

    def lose(self) -> None:
        """The changelog is not heard any more."""
        self._until = float("-inf")

    # What is known

    def known(self) -> Mapping[UUID, int]:
        """How far each stream is known."""
        return {each: stream.known for each, stream in self._streams.items()}

    def known_of(self, stream: UUID) -> int | None:
        """How far a stream is known, None for one that is not."""
        found = self._streams.get(stream)
        return None if found is None else found.known

    def renew(self, epoch: str) -> None:
        """It is another changelog, or an older state of it: nothing that was known is worth anything."""
        self._streams.clear()
        self._forget_anywhere()
        self._names = 0
        self.world += 1
        self.epoch = epoch

    def reset(self, stream: UUID, head: int) -> None:
        """Changes up to `head` were not read one by one: all answers from before it are given up."""
        found = self._streams.get(stream)
        if found is None:
            self._streams[stream] = Stream(head, head)
        else:
            self._moved(stream, found.known)
            self._names -= found.forget(head)
        self._forget_anywhere()

    def drop(self, stream: UUID) -> None:
        """A stream is gone."""
        found = self._streams.pop(stream, None)
        if found is not None:
            self._names -= len(found.purged)
            self._moved(stream, -1)
            self._forget_anywhere()

    def apply(self, change: Change) -> None:
        """Purges what a change purges. It may come again, and before older ones."""
        stream = self._streams.setdefault(change.stream, Stream(0, 0))
        if change.revision <= stream.known or change.revision in stream.ahead:
            return
        self.tick += 1
        before = stream.known
        stream.ahead.add(change.revision)
        self._purge(stream, change)
        while stream.known + 1 in stream.ahead:
            stream.known += 1
            stream.ahead.discard(stream.known)
        if stream.known != before:
            self._moved(change.stream, before)
        if self._names > self._most:
            self._make_room()

    def _purge(self, stream: Stream, change: Change) -> None:
        try:
            tags = list(self._tags_of(change))
        except Exception:
            # Of somebody else, maybe; what the change has touched is unknown, so all that it may have touched goes.
            log.exception("The tags of a change are unknown; all answers of %s are given up", change.stream)
            self._names -= stream.forget(change.revision)
            self._forget_anywhere()
            return
        for of, name in tags:
            if of is None:
                self._names += name not in self._anywhere
                self._anywhere[name] = self.tick
            else:
                self._names += name not in stream.purged
                stream.purged[name] = max(change.revision, stream.purged.get(name, 0))

    def _moved(self, stream: UUID, before: int) -> None:
        self.tick += 1
        for fill in self._fills:
            fill.positions.setdefault(stream, before)

    def _forget_anywhere(self) -> None:
        self.tick += 1
        self._names -= len(self._anywhere)
        self._anywhere.clear()
        self._anywhere_floor = self.tick

    def _make_room(self) -> None:
        fullest = max(self._streams.values(), key=lambda stream: len(stream.purged), default=None)
        if fullest is not None and len(fullest.purged) > len(self._anywhere):
            self._names -= fullest.forget(fullest.known)
            self.tick += 1
        else:
            self._forget_anywhere()

    # Answers

    def begin(self) -> Fill:
        """Notes what is known before anything is read. `end` must follow."""
        fill = Fill(self.tick, self.world)
        self._fills.add(fill)
        return fill

    def end(self, fill: Fill, tags: Collection[Tag] | None) -> Marks | None:
        """The marks of what was read; None where it does not hold any more, or can't be judged."""
        self._fills.discard(fill)
        if tags is None or fill.world != self.world:
            return None
        names, anywhere = by_stream(tags)
        positions: dict[UUID, int] = {}
        for each in names:
            stream = self._streams.get(each)
            if stream is None:
                return None
            positions[each] = fill.positions.get(each, stream.known)
        marks = Marks(names, positions, anywhere, fill.tick)
        return marks if self.holds(marks) else None

    def holds(self, marks: Marks) -> bool:
        """Whether an answer is still the one that the database would give."""
        now = self.world, self.tick
        if marks.checked == now:
            return True
        if marks.checked[0] not in (-1, self.world):
            return False
        for each, names in marks.names.items():
            stream = self._streams.get(each)
            if stream is None or not stream.holds(marks.positions[each], names):
                return False
        if marks.anywhere and (
            marks.tick < self._anywhere_floor
            or any(self._anywhere[name] > marks.tick for name in self._anywhere.keys() & marks.anywhere)
        ):
            return False
        marks.checked = now
        return True
