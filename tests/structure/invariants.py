"""What must hold of a structure's tables, whatever was done to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

CHECKS = {
    "a parent is missing": """
        SELECT count(*) FROM node n LEFT JOIN node p ON p.structure_id = n.structure_id AND p.id = n.parent_id
        WHERE n.structure_id = $1 AND n.parent_id IS NOT NULL AND p.id IS NULL""",
    "a label differs from the parent's": """
        SELECT count(*) FROM node n JOIN node p ON p.structure_id = n.structure_id AND p.id = n.parent_id
        WHERE n.structure_id = $1 AND n.okey <> ''
          AND (n.anchor_id <> p.anchor_id OR n.okey <> p.okey || n.pos || '/')""",
    "an anchor's path differs from its place": """
        SELECT count(*) FROM anchor a JOIN node n ON n.structure_id = a.structure_id AND n.id = a.node_id
        LEFT JOIN node p ON p.structure_id = n.structure_id AND p.id = n.parent_id
        LEFT JOIN anchor u ON u.structure_id = p.structure_id AND u.id = p.anchor_id
        WHERE a.structure_id = $1 AND (n.okey <> '' OR n.anchor_id <> a.id
          OR a.gpath <> coalesce(u.gpath || p.okey, '') || n.pos || '/')""",
    "anchors and their nodes don't match": """
        SELECT (SELECT count(*) FROM node WHERE structure_id = $1 AND okey = '')
             - (SELECT count(*) FROM anchor WHERE structure_id = $1)""",
    "a fragment is counted wrongly": """
        SELECT count(*) FROM (SELECT anchor_id, count(*) AS n, max(key_depth(okey)) AS deep FROM node
                              WHERE structure_id = $1 GROUP BY 1) f
        FULL JOIN (SELECT * FROM anchor WHERE structure_id = $1) a ON a.id = f.anchor_id
        WHERE f.n IS DISTINCT FROM a.n OR f.deep > a.deep""",
    "a fragment is crowded": """
        SELECT count(*) FROM (SELECT count(*) AS n FROM node WHERE structure_id = $1 AND okey <> ''
                              GROUP BY anchor_id, split_part(okey, '/', 1)) f
        WHERE f.n > 2 * (SELECT bound FROM structure WHERE id = $1)""",
    "an anchor is too small": """
        SELECT count(*) FROM anchor WHERE structure_id = $1 AND NOT pinned
          AND n < (SELECT greatest(bound / 8, 2) FROM structure WHERE id = $1)""",
    "the revisions have a gap": """
        SELECT (SELECT revision FROM changelog_head WHERE stream = $1)
             - (SELECT count(*) FROM changelog WHERE stream = $1)""",
}


async def broken(db: Any, structure: UUID) -> list[str]:
    """The names of the invariants that do not hold."""
    return [name for name, check in CHECKS.items() if await db.fetchval(check, structure) != 0]
