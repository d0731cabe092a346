"""Reads a structure into an index, page by page, by the rules of its kinds."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import aclosing

from mediaclay_search.consumers.batch import Batch
from mediaclay_search.consumers.writer import Keeper, Watch, Writer
from mediaclay_search.engine import SearchBackend
from mediaclay_search.kinds import Rules, digest_of
from mediaclay_search.progress import Heads
from mediaclay_search.sources.trees import Trees

log = logging.getLogger(__name__)

PAGE = 1_000
"""Changes that are asked for at once."""
KIND_SET = "KIND_SET"
NOTE = "rules/{}".format
"""Under which an index says by which rules it was made."""


class Reader:
    """Of all structures, into any index; what is `beside` it is told the same."""

    def __init__(self, trees: Trees, heads: Heads, beside: Sequence[Keeper]) -> None:
        self._trees = trees
        self._heads = heads
        self._beside = beside
        self._rules: dict[str, Rules] = {}

    async def page(self, backend: SearchBackend, structure: str, watch: Watch | None = None) -> bool:
        """Reads a page of changes behind the index's position; whether that brought it further.

        Raises `NotFound` for an unknown structure, `Unavailable`.
        """
        before = (await backend.positions()).get(structure, 0)
        rules = await self._known(backend, structure, before)
        writer = Writer(backend, self._beside, self._trees, self._heads)
        batch = Batch(writer, structure, before, watch)
        async with aclosing(self._trees.changes(structure, before, PAGE, rules)) as lines:
            async for line in lines:
                if line.type == KIND_SET:
                    self._rules.pop(structure, None)
                await batch.add(line)
        await batch.finish()
        await self._known(backend, structure, batch.position)
        return batch.position > before

    def unread(self, positions: Iterable[str]) -> list[str]:
        """Of these structures those whose rules were not looked at yet: they may be others than the index was made by."""
        return [each for each in positions if each not in self._rules]

    async def _known(self, backend: SearchBackend, structure: str, position: int) -> Rules:
        """The rules of now. Where the index was made by others, all that it has of the structure is read again first."""
        if structure not in self._rules:
            self._rules[structure] = await self._trees.rules(structure)
        rules = self._rules[structure]
        digest, noted = digest_of(rules), (await backend.notes()).get(NOTE(structure), digest_of({}))
        if digest != noted:
            if position:
                log.info("The kinds of structure %s say something else about search: it is read again.", structure)
                await self._again(backend, structure, position, rules)
            await backend.note(NOTE(structure), digest)
            await backend.commit({})
        return rules

    async def _again(self, backend: SearchBackend, structure: str, position: int, rules: Rules) -> None:
        """Reads the changes up to a position without moving the index's own."""
        writer, after = Writer(backend, self._beside, self._trees, self._heads), 0
        while after < position:
            begun = after
            async with aclosing(self._trees.changes(structure, after, min(PAGE, position - after), rules)) as lines:
                async for line in lines:
                    after = line.revision
                    await writer.upsert(line.nodes)
            await writer.commit({})
            if after == begun:
                return
