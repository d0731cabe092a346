"""A plain materialized path: each node holds its whole key as text, in the collation "C".

The same columns and indexes as ours, the path in place of anchor and short key. A move writes every node of the
branch. It takes the same lock of the structure as ours, for without one concurrent moves break this tree, too; it
keeps no changelog and no counts, which is in its favour.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection, Row
from mediaclay_kernel.errors import Cycle
from mediaclay_structure.store import writing
from mediaclay_structure.tree.positions import after

from benchmarks.structure.bench import Bench
from benchmarks.structure.data.loading import settled
from benchmarks.structure.peers import indexes


class PlainRecord(NamedTuple):
    """A row of the table, made in the way in which ours are."""

    structure_id: UUID
    id: UUID
    parent_id: UUID | None
    pos: str
    path: str
    kind: str
    name: str
    slug: str
    properties: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: UUID
    updated_by: UUID


COLUMNS = ", ".join(f"n.{field}" for field in PlainRecord._fields)
_TABLE = """
CREATE SCHEMA IF NOT EXISTS peer;
CREATE TABLE peer.plain (
    structure_id uuid NOT NULL, id uuid NOT NULL, parent_id uuid, pos text COLLATE "C" NOT NULL,
    path text COLLATE "C" NOT NULL, kind text NOT NULL, name text NOT NULL, slug text NOT NULL, properties jsonb NOT NULL,
    version int NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    created_by uuid NOT NULL, updated_by uuid NOT NULL
);
CREATE UNIQUE INDEX plain_paths ON peer.plain (structure_id, path);
"""
# In document order, as ours came: the rows of a branch lie together in both tables.
_FILL = f"""
INSERT INTO peer.plain
SELECT {COLUMNS.replace("n.path", "a.gpath || n.okey AS path")}
FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id WHERE n.structure_id = $1
ORDER BY a.gpath || n.okey
"""
PATH = "SELECT path FROM peer.plain WHERE id = $1"
LAST = "SELECT pos FROM peer.plain WHERE structure_id = $1 AND parent_id = $2 ORDER BY pos DESC LIMIT 1"
_LOCK = "SELECT id FROM peer.plain WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
_MOVE = """
UPDATE peer.plain SET path = $4 || substr(path, length($3) + 1),
                      parent_id = CASE WHEN id = $2 THEN $5 ELSE parent_id END,
                      pos = CASE WHEN id = $2 THEN $6 ELSE pos END,
                      version = CASE WHEN id = $2 THEN version + 1 ELSE version END
WHERE structure_id = $1 AND path >= $3 AND path < left($3, -1) || '0'
"""
_CREATE = """
INSERT INTO peer.plain SELECT $1, $2, $3, $4, $5, 'note', $6, $7, '{}', 1, now(), now(), $8, $8
"""


def records(rows: Iterable[Row]) -> list[PlainRecord]:
    """Rows as records."""
    return [PlainRecord(*row) for row in rows]


async def make(bench: Bench) -> None:
    """The table, from our nodes; nothing where it is there already."""
    async with bench.reading() as connection:
        if await connection.fetchval("SELECT to_regclass('peer.plain')") is not None:
            return
    bench.say("making the plain path's table")
    await bench.execute(_TABLE)
    await indexes.copied(bench, "peer.plain", gin=False)
    await bench.execute(_FILL, bench.structure)
    await indexes.copied(bench, "peer.plain", gin=True)
    await settled(bench, "peer.plain")


async def move(connection: Connection, structure: UUID, moved: UUID, parent: UUID) -> None:
    """A branch to the end of another folder, in a transaction of its own."""
    async with connection.transaction():
        await writing.lock_structure(connection, structure, alone=True)
        await connection.fetch(_LOCK, [moved, parent])
        old = await connection.fetchval(PATH, moved)
        above = await connection.fetchval(PATH, parent)
        if above.startswith(old):
            raise Cycle
        pos = after(await connection.fetchval(LAST, structure, parent))
        await connection.execute(_MOVE, structure, moved, old, f"{above}{pos}/", parent, pos, timeout=None)


async def create(connection: Connection, structure: UUID, node: UUID, parent: UUID, by: UUID) -> None:
    """A node at the end of a folder, in a transaction of its own."""
    async with connection.transaction():
        await writing.lock_structure(connection, structure, alone=False)
        await connection.fetch(_LOCK, [parent])
        above = await connection.fetchval(PATH, parent)
        pos = after(await connection.fetchval(LAST, structure, parent))
        name = f"New {node}"
        await connection.execute(_CREATE, structure, node, parent, pos, f"{above}{pos}/", name, str(node), by)
