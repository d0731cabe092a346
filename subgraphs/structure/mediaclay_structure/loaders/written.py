"""Nodes and their lists with what hangs below them, as JSON that PostgreSQL has written.

Both answer None where there is no room for one more statement: then the paths are to be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
) -> Finished | None:
    """The node of each id, None for one that is unknown or no UUID."""
    at.require_read()
    if not at.state.prepared.admits(form.sql[tagged]):
        return None
    known = list({own for own in ids if own is not None})
    async with reachable():
        found = await form.read(at.state.database.pool, known, sizes, tagged=tagged) if known else _NOTHING
    json = {own: Fragment(text) for own, text in found.json.items()}
    answers = [None if own is None else json.get(own) for own in ids]
    if not tagged:
        return Finished(answers)
    unknown = chain.from_iterable(tags.unknown(own) for own in known if own not in json)
    return Finished(answers, [*unknown, *_tags(found)])


async def children(
    at: Request, form: ListsWritten, parents: Sequence[NodeRecord], sizes: Sequence[int], *, tagged: bool
) -> Finished | None:
    """The list of each parent's children."""
    if not at.state.prepared.admits(form.sql[tagged]):
        return None
    async with reachable():
        found = await form.read(at.state.database.pool, parents, sizes, tagged=tagged)
    return Finished([Fragment(found.json[parent.id]) for parent in parents], [*_tags(found)] if tagged else None)


def _tags(found: Written) -> Iterator[Tag]:
    return chain.from_iterable(
        tags.written(each.structure_id, each.shown or "", each.opened or "") for each in found.seen
    )


_NOTHING = Written({}, [])
