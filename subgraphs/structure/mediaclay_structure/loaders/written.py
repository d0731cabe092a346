"""Nodes and their lists with what hangs below them, as JSON that PostgreSQL has written.

Both answer None where there is no room for one more statement: then the paths are to be asked. What hangs below readable
nodes is readable.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import chain
from uuid import UUID

from mediaclay_kernel.cache import Tag
from mediaclay_kernel.database import reachable
from mediaclay_kernel.gathering import Gatherings
from mediaclay_kernel.plan import Finished
from orjson import Fragment

from mediaclay_structure import tags
from mediaclay_structure.loaders.guarding import guard_of
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.state import Request
from mediaclay_structure.store.writing_json import ListsWritten, NodesWritten, Written

FEW = 8
"""Nodes of one request that are read together with those of others; more of them are worth a statement of their own."""


async def nodes(
    at: Request, form: NodesWritten, ids: Sequence[UUID | None], sizes: Sequence[int], *, tagged: bool
) -> Finished | None:
    """The node of each id, None for one that is unknown or no UUID."""
    guard = await guard_of(at)
    sql = form.sql(tagged, guard)
    if sql is None or not at.state.prepared.admits(sql):
        return None

    async def read(of: Sequence[UUID | None]) -> Written:
        async with reachable():
            return await form.read(at.state.database.pool, of, sizes, tagged=tagged, guard=guard)

    if form.is_flat and len(ids) <= FEW and (guard is None or not guard.holders):
        found = await _with_others(at.state.gatherings, sql, read, ids)
    else:
        found = await read(ids)
    tags_of_unknown = (tags.unknown(own) for own, json in zip(ids, found.json, strict=True) if own and not json)
    return Finished(_fragments(found), [*chain(_tags(found), *tags_of_unknown)] if tagged else None)


async def _with_others(
    gatherings: Gatherings, name: str, read: Callable[[Sequence[UUID | None]], Awaitable[Written]],
    ids: Sequence[UUID | None],
) -> Written:  # fmt: skip
    """Reads a few nodes together with those of other requests."""
    found, begins = await gatherings.of(name, read).ask(ids)
    ends = begins + len(ids)
    return Written(found.json[begins:ends], found.seen[begins:ends])


async def children(
    at: Request, form: ListsWritten, parents: Sequence[NodeRecord], sizes: Sequence[int], *, tagged: bool
) -> Finished | None:
    """The list of each parent's children."""
    if not at.state.prepared.admits(form.sql[tagged]):
        return None
    async with reachable():
        found = await form.read(at.state.database.pool, parents, sizes, tagged=tagged)
    return Finished(_fragments(found), [*_tags(found)] if tagged else None)


def _fragments(found: Written) -> list[Fragment | None]:
    return [None if json is None else Fragment(json) for json in found.json]


def _tags(found: Written) -> Iterator[Tag]:
    return chain.from_iterable(
        tags.written(each.structure_id, each.shown or "", each.opened or "") for each in found.seen if each is not None
    )
