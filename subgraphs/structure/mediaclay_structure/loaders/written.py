"""Nodes and their lists with what hangs below them, as JSON that PostgreSQL has written.

Both answer None where there is no room for one more statement: then the paths are to be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import cast
from uuid import UUID

from mediaclay_kernel.cache import Tag
from mediaclay_kernel.database import reachable
from mediaclay_kernel.plan import Finished
from orjson import Fragment

from mediaclay_structure import tags
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.state import Request
from mediaclay_structure.store.writing_json import ListsWritten, NodesWritten, Seen, Written

FEW = 8
"""Nodes of one request that are read together with those of others; more of them are worth a statement of their own."""


async def nodes(
    at: Request, form: NodesWritten, ids: Sequence[UUID | None], sizes: Sequence[int], *, tagged: bool
) -> Finished | None:
    """The node of each id, None for one that is unknown or no UUID."""
    at.require_read()
    if not at.state.prepared.admits(form.sql[tagged]):
        return None
    known = {*ids}
    known.discard(None)
    asked = cast("list[UUID]", [*known])
    found = await _read(at, form, asked, sizes, tagged) if asked else _NOTHING
    json = found.json
    answers = [None if own is None or own not in json else Fragment(json[own]) for own in ids]
    if not tagged:
        return Finished(answers)
    unknown = chain.from_iterable(tags.unknown(own) for own in asked if own not in json)
    return Finished(answers, [*unknown, *_tags(found.seen[own] for own in asked if own in json)])


async def _read(at: Request, form: NodesWritten, ids: Sequence[UUID], sizes: Sequence[int], tagged: bool) -> Written:
    """A few nodes without lists are read together with those of other requests."""

    async def fetch(of: Sequence[UUID]) -> Written:
        async with reachable():
            return await form.read(at.state.database.pool, of, sizes, tagged=tagged)

    if len(ids) > FEW or not form.is_flat:
        return await fetch(ids)
    return await at.state.gatherings.of(form.sql[tagged], fetch).ask(ids)


async def children(
    at: Request, form: ListsWritten, parents: Sequence[NodeRecord], sizes: Sequence[int], *, tagged: bool
) -> Finished | None:
    """The list of each parent's children."""
    if not at.state.prepared.admits(form.sql[tagged]):
        return None
    async with reachable():
        found = await form.read(at.state.database.pool, parents, sizes, tagged=tagged)
    of_all = [*_tags(found.seen.values())] if tagged else None
    return Finished([Fragment(found.json[parent.id]) for parent in parents], of_all)


def _tags(seen: Iterable[Seen]) -> Iterator[Tag]:
    return chain.from_iterable(tags.written(each.structure_id, each.shown or "", each.opened or "") for each in seen)


_NOTHING = Written({}, {})
