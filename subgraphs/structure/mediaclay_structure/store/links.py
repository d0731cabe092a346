"""Links: reading them from either end."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import LinkRecord, NodeRecord
from mediaclay_structure.store.columns import LINK, statement

_ENDS = """
    (CAST(:direction AS text) <> 'IN' AND l.source_id = p.id OR CAST(:direction AS text) <> 'OUT' AND l.target_id = p.id)
    AND (CAST(:kind AS text) IS NULL OR l.kind = CAST(:kind AS text))
"""
_PAGE = statement(f"""
    SELECT {LINK}, p.id AS origin FROM unnest(CAST(:structures AS uuid[]), CAST(:ids AS uuid[])) AS p (structure_id, id)
    CROSS JOIN LATERAL (
        SELECT l.* FROM link l WHERE l.structure_id = p.structure_id AND {_ENDS}
          AND (CAST(:after AS uuid) IS NULL OR l.id > CAST(:after AS uuid))
        ORDER BY l.id LIMIT CAST(:most AS int)
    ) AS l ORDER BY l.id
""")
_COUNTS = statement(f"""
    SELECT p.id, (SELECT count(*) FROM link l WHERE l.structure_id = p.structure_id AND {_ENDS}) AS links
    FROM unnest(CAST(:structures AS uuid[]), CAST(:ids AS uuid[])) AS p (structure_id, id)
""")


async def page(
    db: Connection, at: Sequence[NodeRecord], kind: str | None, direction: str, after: UUID | None, most: int
) -> list[tuple[UUID, LinkRecord]]:
    """At most `most` links of each node behind the link `after`, by id, each with the node that it was asked for."""
    rows = await _PAGE.all(
        db, structures=[n.structure_id for n in at], ids=[n.id for n in at], kind=kind, direction=direction,
        after=after, most=most,
    )  # fmt: skip
    width = len(LinkRecord._fields)
    return [(row["origin"], LinkRecord(*tuple(row)[:width])) for row in rows]


async def counts(db: Connection, at: Sequence[NodeRecord], kind: str | None, direction: str) -> dict[UUID, int]:
    """How many links each node has."""
    rows = await _COUNTS.all(
        db, structures=[n.structure_id for n in at], ids=[n.id for n in at], kind=kind, direction=direction
    )
    return {row["id"]: row["links"] for row in rows}
