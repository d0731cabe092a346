"""Looking for what breaks an invariant, in one snapshot and in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection, Database, Statement

from mediaclay_structure.store.columns import LIVE, statement
from mediaclay_structure.store.invariants import INVARIANTS, Invariant

PATIENCE = 3_600.0
"""Seconds for one statement; a structure of millions needs some of them."""
AT_ONCE = 1_000


class Checked(NamedTuple):
    """A structure to be checked, by what its own row says."""

    id: UUID
    slug: str


class Violation(NamedTuple):
    """What breaks an invariant: the id of a node or link, if it is one that has an id, and what is wrong with it."""

    id: UUID | None
    note: str


class KindOf(NamedTuple):
    """What a kind's schema is asked about."""

    id: UUID
    kind: str
    properties: dict[str, Any]


_FOUND = {
    each.name: statement(f"""
    SELECT v.id, v.note, count(*) OVER () AS total FROM ({each.sql}) AS v ORDER BY v.id, v.note LIMIT CAST(:most AS int)
    """)
    for each in INVARIANTS
}
_STRUCTURES = statement("""
    SELECT s.id, s.slug FROM structure s
    WHERE s.deleted_at IS NULL AND (CAST(:slugs AS text[]) IS NULL OR s.slug = ANY(CAST(:slugs AS text[]))) ORDER BY s.slug
""")
_SIZE = statement("""
    SELECT (SELECT count(*) FROM node WHERE structure_id = CAST(:structure AS uuid)) AS nodes,
           (SELECT count(*) FROM anchor WHERE structure_id = CAST(:structure AS uuid)) AS anchors,
           (SELECT count(*) FROM link WHERE structure_id = CAST(:structure AS uuid)) AS links,
           (SELECT revision FROM changelog_head WHERE stream = CAST(:structure AS uuid)) AS revision
""")
# Step by step upwards and no further than a tree is deep, for a broken one may have cycles.
_PATHS = statement("""
    WITH RECURSIVE line AS (
        SELECT n.id AS origin, n.structure_id, n.id, n.parent_id, n.slug, 0 AS up FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) AND n.id = ANY(CAST(:ids AS uuid[]))
        UNION ALL
        SELECT line.origin, p.structure_id, p.id, p.parent_id, p.slug, line.up + 1
        FROM line JOIN node p ON p.structure_id = line.structure_id AND p.id = line.parent_id WHERE line.up < 600
    )
    SELECT l.origin, CASE WHEN bool_or(l.id = s.trash_id) THEN 'trash:/' ELSE '/' END
        || coalesce(string_agg(l.slug, '/' ORDER BY l.up DESC) FILTER (WHERE l.parent_id IS NOT NULL), '') AS path
    FROM line l JOIN structure s ON s.id = l.structure_id GROUP BY l.origin HAVING bool_or(l.parent_id IS NULL)
""")
_OF_KINDS = statement(f"""
    SELECT n.id, n.kind, n.properties FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.kind = ANY(CAST(:kinds AS text[])) AND {LIVE}
""")


@asynccontextmanager
async def snapshot(database: Database) -> AsyncGenerator[Connection]:
    """One state of the database for all that is read inside, with room to join whole tables."""
    async with database.transaction("repeatable_read", readonly=True) as db:
        await db.execute("SET LOCAL work_mem = '64MB'")
        yield db


async def structures(db: Connection, slugs: Sequence[str] | None) -> list[Checked]:
    """Those of these slugs that there are, or all, by slug."""
    rows = await _STRUCTURES.all(db, slugs=None if slugs is None else list(slugs))
    return [Checked(*row) for row in rows]


async def size(db: Connection, structure: UUID) -> dict[str, int | None]:
    """How many nodes, anchors and links a structure has, and its revision."""
    [row] = await _patiently(db, _SIZE, structure=structure)
    return dict(row)


async def violations(db: Connection, invariant: Invariant, structure: UUID, most: int) -> tuple[int, list[Violation]]:
    """How many break an invariant, and at most `most` of them, by id."""
    rows = await _patiently(db, _FOUND[invariant.name], structure=structure, most=most)
    return (rows[0]["total"] if rows else 0), [Violation(row["id"], row["note"]) for row in rows]


async def paths(db: Connection, structure: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The path of each node that lies below a root, `trash:/...` of one that is pruned."""
    return {row["origin"]: row["path"] for row in await _PATHS.all(db, structure=structure, ids=list(ids))}


async def of_kinds(db: Connection, structure: UUID, kinds: Sequence[str]) -> AsyncIterator[KindOf]:
    """Every node of these kinds that is not pruned, read as they are asked for."""
    arguments = _OF_KINDS.arguments({"structure": structure, "kinds": list(kinds)})
    async for row in db.cursor(_OF_KINDS.sql, *arguments, prefetch=AT_ONCE, timeout=PATIENCE):
        yield KindOf(*row)


async def _patiently(db: Connection, asked: Statement, **given: Any) -> list[Any]:
    return await db.fetch(asked.sql, *asked.arguments(given), timeout=PATIENCE)
