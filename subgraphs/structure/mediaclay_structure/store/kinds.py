"""Kinds: the registered ones, and the nodes that are of one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.kinds.rule import KindRule
from mediaclay_structure.records import KindRecord
from mediaclay_structure.store.columns import KIND, statement

_OF_STRUCTURES = statement(
    f"SELECT {KIND} FROM kind k WHERE k.structure_id = ANY(CAST(:ids AS uuid[])) ORDER BY k.name"
)
_RULES = statement("""
    SELECT k.name, CAST(k.schema AS text) AS schema, k.allowed_children FROM kind k
    WHERE k.structure_id = CAST(:structure AS uuid) AND k.name = ANY(CAST(:names AS text[]))
""")
_ALL_RULES = statement("""
    SELECT k.name, CAST(k.schema AS text) AS schema, k.allowed_children FROM kind k
    WHERE k.structure_id = CAST(:structure AS uuid)
""")


async def of_structures(db: Connection, ids: Sequence[UUID]) -> list[KindRecord]:
    """The registered kinds of these structures, by name."""
    return [KindRecord(*row) for row in await _OF_STRUCTURES.all(db, ids=list(ids))]


async def rules(db: Connection, structure: UUID, names: Sequence[str] | None) -> list[KindRule]:
    """What the registered ones of these kinds ask, or all of them for None."""
    if names is None:
        return [KindRule(*row) for row in await _ALL_RULES.all(db, structure=structure)]
    return [KindRule(*row) for row in await _RULES.all(db, structure=structure, names=list(names))]
