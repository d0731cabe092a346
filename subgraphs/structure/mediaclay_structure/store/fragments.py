"""Nodes and whole fragments for those who keep an index, pruned ones among them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import IndexedNode
from mediaclay_structure.store.columns import INDEXED, PRUNED_FROM, ByIds, statement

_PAGE = {
    first: statement(f"""
    SELECT {INDEXED} FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = CAST(:anchor AS bigint)
      AND n.okey {compare} CAST(:okey AS text) COLLATE "C"
    ORDER BY n.okey LIMIT CAST(:most AS int)
    """)
    for first, compare in ((True, ">="), (False, ">"))
}

_BY_ID = ByIds(f"SELECT {INDEXED} FROM node n WHERE n.id {{ids}}")

# An index still shows what was in the trash's own fragment for a moment after its purge, and a deleted structure's
# root; the rows of `pruned` outlast that.
_PINNED_AND_PRUNED = statement(f"""
    SELECT a.id FROM anchor a WHERE a.gpath >= '{PRUNED_FROM}' AND a.pinned
      AND EXISTS (SELECT FROM pruned p WHERE p.structure_id = a.structure_id)
""")


async def by_id(db: Connection, ids: Sequence[UUID]) -> list[IndexedNode]:
    """Those that there are, in no order."""
    return [IndexedNode(*row) for row in await _BY_ID.all(db, ids)]


async def page(db: Connection, structure: UUID, anchor: int, after: str | None, most: int) -> list[IndexedNode]:
    """At most `most` nodes of a fragment, in order: the first ones, or those behind the key `after`."""
    rows = await _PAGE[after is None].all(db, structure=structure, anchor=anchor, okey=after or "", most=most)
    return [IndexedNode(*row) for row in rows]


async def pinned_and_pruned(db: Connection) -> list[int]:
    """The roots' own fragments in the trashes where anything was pruned lately."""
    return [row[0] for row in await _PINNED_AND_PRUNED.all(db)]
