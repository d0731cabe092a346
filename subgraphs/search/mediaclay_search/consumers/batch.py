"""Changes on their way into the index: a commit costs tens of milliseconds, so many of them share one."""

from __future__ import annotations

import time

from mediaclay_search.consumers.writer import Target, Watch
from mediaclay_search.records import Document, FeedLine

MOST = 100_000
"""Documents after which a batch is committed, also in the midst of a change of a million. Each commit makes a segment, and
each segment costs every search: with one for each 10,000 documents, a search took four times as long as with one for all."""
OLDEST = 1.0
"""Seconds after which the changes that are complete are committed."""
HELD = 500
"""Documents held here, before the engine takes them."""
HELD_TEXT = 2_000_000
"""Characters of text held here."""


class Batch:
    """What was read of one structure behind `position`, and is not committed yet."""

    def __init__(self, target: Target, structure: str, position: int, watch: Watch | None = None) -> None:
        self.position = position
        self._target = target
        self._watch = watch
        self._structure = structure
        self._reading = position
        self._committed = position
        self._held: dict[str, Document | None] = {}
        self._text = 0
        self._count = 0
        self._since = time.monotonic()

    async def add(self, line: FeedLine) -> None:
        """The next line. Only the one after it tells whether its change is complete."""
        ended = line.revision != self._reading
        if ended:
            self.position, self._reading = self._reading, line.revision
        if self._count + len(self._held) >= MOST or (ended and time.monotonic() - self._since >= OLDEST):
            await self.commit()
        if line.fragments:
            # Before what follows and behind what went before, some of which may be of these very fragments.
            await self._hand_on()
            await self._target.delete_fragments(self._structure, line.fragments)
            self._count += len(line.fragments)
        self._held.update(dict.fromkeys(line.gone))
        self._held.update((node.id, node) for node in line.nodes)
        if self._watch is not None:
            await self._watch.see(self._structure, line)
        self._text += sum(len(node.text) for node in line.nodes)
        if len(self._held) >= HELD or self._text >= HELD_TEXT:
            await self._hand_on()

    async def finish(self) -> None:
        """There are no more lines: the last change is complete, too."""
        self.position = self._reading
        await self.commit()

    async def commit(self) -> None:
        """Commits what is complete. Documents of a change that is not may go with it: they are as they are now."""
        await self._hand_on()
        if self.position != self._committed:
            await self._target.commit({self._structure: self.position})
        elif self._count:
            await self._target.commit({})
        self._committed, self._count, self._since = self.position, 0, time.monotonic()
        if self._watch is not None:
            await self._watch.committed(self._structure)

    async def _hand_on(self) -> None:
        held, self._held, self._text = self._held, {}, 0
        if gone := [each for each, node in held.items() if node is None]:
            await self._target.delete(gone)
        if nodes := [node for node in held.values() if node is not None]:
            await self._target.upsert(nodes)
        self._count += len(held)
