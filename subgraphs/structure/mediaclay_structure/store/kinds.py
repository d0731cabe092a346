"""Kinds: the registered ones, and the nodes that are of one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.kinds.rule import KindRule
from mediaclay_structure.records import KindRecord, NodeRecord
from mediaclay_structure.store.columns import KIND, LIVE, statement

BATCH = 200
"""How many nodes are read at a time: at their largest they take 50 MB."""
STRANGERS = 5

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
_FIND = statement(f"""
    SELECT {KIND} FROM kind k WHERE k.structure_id = CAST(:structure AS uuid) AND k.name = CAST(:name AS text)
""")
_SET_SINCE = statement(f"""
    SELECT {KIND} FROM kind k WHERE k.structure_id = CAST(:structure AS uuid) AND k.set_at > CAST(:since AS timestamptz)
""")
_NEWEST = statement("SELECT max(k.set_at) FROM kind k WHERE k.structure_id = CAST(:structure AS uuid)")
_COUNT = statement("SELECT count(*) FROM kind k WHERE k.structure_id = CAST(:structure AS uuid)")
_PUT = statement("""
    INSERT INTO kind (structure_id, name, schema, allowed_children, description)
    VALUES (:structure, :name, :schema, :children, :description)
    ON CONFLICT (structure_id, name) DO UPDATE SET set_at = clock_timestamp(), schema = excluded.schema,
        allowed_children = excluded.allowed_children, description = excluded.description
""")
_OF_KIND = f"n.structure_id = CAST(:structure AS uuid) AND n.kind = CAST(:name AS text) AND {LIVE}"
_NODES = statement(f"SELECT n.id, n.properties, CAST('{{}}' AS text[]) AS strangers FROM node n WHERE {_OF_KIND}")
# Joined and not looked up for each node: the children of a leaf are believed to be as many as those of a large folder.
_NODES_WITH_STRANGERS = statement(f"""
    SELECT n.id, n.properties, coalesce(s.kinds[1:{STRANGERS}], '{{}}') AS strangers
    FROM node n LEFT JOIN (
        SELECT c.parent_id, array_agg(DISTINCT c.kind) AS kinds
        FROM node c JOIN node p ON p.structure_id = c.structure_id AND p.id = c.parent_id
        WHERE c.structure_id = CAST(:structure AS uuid) AND p.kind = CAST(:name AS text)
          AND c.kind <> ALL(CAST(:children AS text[]))
        GROUP BY c.parent_id
    ) AS s ON s.parent_id = n.id
    WHERE {_OF_KIND}
""")
_STRANGERS = statement(f"""
    SELECT DISTINCT c.kind FROM node c
    WHERE c.structure_id = CAST(:structure AS uuid) AND c.parent_id = CAST(:parent AS uuid)
      AND c.kind <> ALL(CAST(:children AS text[])) ORDER BY c.kind LIMIT {STRANGERS}
""")


class NodeOfKind(NamedTuple):
    """A node as a new schema looks at it; `strangers` are some of the kinds of children that would not be allowed."""

    id: UUID
    properties: dict[str, Any]
    strangers: list[str]


async def of_structures(db: Connection, ids: Sequence[UUID]) -> list[KindRecord]:
    """The registered kinds of these structures, by name."""
    return [KindRecord(*row) for row in await _OF_STRUCTURES.all(db, ids=list(ids))]


async def rules(db: Connection, structure: UUID, names: Sequence[str] | None) -> list[KindRule]:
    """What the registered ones of these kinds ask, or all of them for None."""
    if names is None:
        return [KindRule(*row) for row in await _ALL_RULES.all(db, structure=structure)]
    return [KindRule(*row) for row in await _RULES.all(db, structure=structure, names=list(names))]


async def set_since(db: Connection, structure: UUID, since: datetime) -> list[KindRecord]:
    """The kinds that were set after that."""
    return [KindRecord(*row) for row in await _SET_SINCE.all(db, structure=structure, since=since)]


async def newest(db: Connection, structure: UUID) -> datetime | None:
    """When a kind was set last."""
    return await _NEWEST.value(db, structure=structure)


async def find(db: Connection, structure: UUID, name: str) -> KindRecord | None:
    """The registered kind of that name."""
    row = await _FIND.one(db, structure=structure, name=name)
    return KindRecord(*row) if row else None


async def count(db: Connection, structure: UUID) -> int:
    """How many kinds a structure has registered."""
    return await _COUNT.value(db, structure=structure)


async def put(db: Connection, kind: KindRecord) -> None:
    """Registers a kind, or changes the one of that name."""
    await _PUT.run(
        db, structure=kind.structure_id, name=kind.name, schema=kind.schema, children=kind.allowed_children,
        description=kind.description,
    )  # fmt: skip


async def nodes_of(db: Connection, kind: KindRecord) -> AsyncGenerator[NodeOfKind]:
    """Each node of that kind that is not pruned, a few at a time; `db` is a connection in a transaction."""
    given = {"structure": kind.structure_id, "name": kind.name, "children": kind.allowed_children}
    asked = _NODES if kind.allowed_children is None else _NODES_WITH_STRANGERS
    async for row in db.cursor(asked.sql, *asked.arguments(given), prefetch=BATCH):
        yield NodeOfKind(*row)


async def strangers(db: Connection, parent: NodeRecord, allowed: Sequence[str]) -> list[str]:
    """Some of the kinds of its children that are not among the allowed."""
    rows = await _STRANGERS.all(db, structure=parent.structure_id, parent=parent.id, children=list(allowed))
    return [row[0] for row in rows]
