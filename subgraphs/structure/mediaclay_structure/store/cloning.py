"""Copies of branches."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import Cloned
from mediaclay_structure.store.columns import statement
from mediaclay_structure.tree.positions import HIDDEN

SECONDS = 3_600
"""How long a copy may take; one of a million nodes takes about a minute."""

_CLONE = statement("""
    SELECT c.nodes, c.fragments FROM clone_branch(CAST(:structure AS uuid), CAST(:source AS uuid), CAST(:copy AS uuid),
                                                  CAST(:hidden AS text), CAST(:by AS uuid)) AS c
""")
_STILL_THERE = statement("""
    SELECT array_agg(a.id) FROM anchor a
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.id = ANY(CAST(:fragments AS bigint[]))
""")


async def clone(db: Connection, structure: UUID, source: UUID, copy: UUID, by: UUID) -> Cloned | None:
    """Copies a branch to where nobody sees it, its root without a parent. None where the source is not there."""
    hidden = f"{HIDDEN}{copy.hex}{HIDDEN}"
    arguments = {"structure": structure, "source": source, "copy": copy, "hidden": hidden, "by": by}
    row = await db.fetchrow(_CLONE.sql, *_CLONE.arguments(arguments), timeout=SECONDS)
    return None if row["nodes"] is None else Cloned(row["nodes"], row["fragments"])


async def still_there(db: Connection, structure: UUID, fragments: list[int]) -> list[int]:
    """Those of the fragments that were not merged into others."""
    return await _STILL_THERE.value(db, structure=structure, fragments=fragments) or []
