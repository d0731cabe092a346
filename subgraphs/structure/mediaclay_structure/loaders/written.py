"""Nodes and their lists with what hangs below them, as JSON that PostgreSQL has written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from uuid import UUID

from mediaclay_kernel.cache import Tag
from mediaclay_kernel.database import reachable
from mediaclay_kernel.plan import Finished
from orjson import Fragment

from mediaclay_structure import tags
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.state import Request
from mediaclay_structure.store.writing_json import ListsWritten, NodesWritten, Written


async def nodes(
    at: Request, form: NodesWritten, ids: Sequence[UUID | None], sizes: Sequence[int], *, tagged: bool
) -> Finished:
    """The node of each id, None for one that is unknown or no UUID."""
    at.require_read()
    known = list({own for own in ids if own is not None})
    async with reachable():
        rows = await form.read(at.state.database.pool, known, sizes, tagged=tagged) if known else []
    found = {row.id: Fragment(row.json) for row in rows}
    lost = chain.from_iterable(tags.unknown(own) for own in known if own not in found)
    return Finished([None if own is None else found.get(own) for own in ids], [*lost, *_tags(rows)] if tagged else None)


async def children(
    at: Request, form: ListsWritten, parents: Sequence[NodeRecord], sizes: Sequence[int], *, tagged: bool
) -> Finished:
    """The list of each parent's children."""
    async with reachable():
        rows = await form.read(at.state.database.pool, parents, sizes, tagged=tagged)
    found = {row.id: Fragment(row.json) for row in rows}
    return Finished([found[parent.id] for parent in parents], [*_tags(rows)] if tagged else None)


def _tags(rows: Iterable[Written]) -> Iterator[Tag]:
    return chain.from_iterable(tags.written(row.structure_id, row.shown or "", row.opened or "") for row in rows)
