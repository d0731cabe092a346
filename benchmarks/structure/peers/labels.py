"""PostgreSQL's ltree: the same keys as labels of a path, with its GiST index for branches and a B-tree for order.

The indexes are made after the rows are there. A move writes every node of the branch.
"""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_structure.store import writing
from mediaclay_structure.tree.positions import after

from benchmarks.structure.bench import Bench
from benchmarks.structure.data.loading import settled
from benchmarks.structure.peers import indexes
from benchmarks.structure.peers.plain import COLUMNS

_FILL = f"""
CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public;
CREATE SCHEMA IF NOT EXISTS peer;
CREATE TABLE peer.labels AS
SELECT {COLUMNS.replace("n.path", "translate(rtrim(a.gpath || n.okey, '/'), '/', '.')::public.ltree AS path")}
FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id ORDER BY a.gpath || n.okey;
CREATE INDEX labels_order ON peer.labels (path);
CREATE INDEX labels_branches ON peer.labels USING gist (path);
"""
_PATH = "SELECT path::text FROM peer.labels WHERE id = $1"
_LAST = "SELECT pos FROM peer.labels WHERE structure_id = $1 AND parent_id = $2 ORDER BY pos DESC LIMIT 1"
_MOVE = """
UPDATE peer.labels
SET path = CASE WHEN id = $1 THEN text2ltree($3) ELSE text2ltree($3) || subpath(path, nlevel(text2ltree($2))) END,
    parent_id = CASE WHEN id = $1 THEN $4 ELSE parent_id END, pos = CASE WHEN id = $1 THEN $5 ELSE pos END
WHERE path <@ text2ltree($2)
"""


async def make(bench: Bench) -> None:
    """The table, from our nodes; nothing where it is there already."""
    async with bench.reading() as connection:
        if await connection.fetchval("SELECT to_regclass('peer.labels')") is not None:
            return
    bench.say("making ltree's table")
    await bench.execute(_FILL)
    await indexes.copied(bench, "peer.labels", gin=False)
    await indexes.copied(bench, "peer.labels", gin=True)
    await settled(bench, "peer.labels")


async def move(connection: Connection, structure: UUID, moved: UUID, parent: UUID) -> None:
    """A branch to the end of another folder, in a transaction of its own."""
    async with connection.transaction():
        await connection.execute("SET LOCAL search_path TO public")
        await writing.lock_structure(connection, structure, alone=True)
        old = await connection.fetchval(_PATH, moved)
        above = await connection.fetchval(_PATH, parent)
        pos = after(await connection.fetchval(_LAST, structure, parent))
        await connection.execute(_MOVE, moved, old, f"{above}.{pos}", parent, pos, timeout=None)
