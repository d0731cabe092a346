"""What PostgreSQL's planner believes of the tables, renewed when they have grown by much at once."""

from __future__ import annotations

from mediaclay_kernel.database import Connection

from mediaclay_structure.store.columns import statement

_OUTGROWN = statement("""
    SELECT pg_relation_size(c.oid) / current_setting('block_size')::int > 4 * c.relpages + 64
    FROM pg_class c WHERE c.oid = to_regclass('node')
""")


async def renew(db: Connection) -> None:
    """Looks at the tables anew if they have four times as many pages as when the planner saw them last.

    It plans a statement once and keeps the plan until then. What is best for a table of three nodes (reading all of
    it, or any index that begins with the structure) makes an import a hundred times slower than it can be, until
    autovacuum comes by, which looks once a minute.
    """
    if await _OUTGROWN.value(db):
        await db.execute("ANALYZE node (structure_id, id, parent_id, pos, slug, anchor_id, okey), anchor")
