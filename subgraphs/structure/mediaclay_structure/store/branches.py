"""Branches: their anchors, their segments, their size."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection, Statement

from mediaclay_structure.records import BranchLabel, NodeFilter, NodeRecord
from mediaclay_structure.store.columns import PRUNED_FROM, SHOWN, nodes, statement
from mediaclay_structure.store.filters import FILTER, filter_values
from mediaclay_structure.tree.segments import Anchor, Segment, end_of, prefixes

# Statements of one branch take no arrays: PostgreSQL then keeps their plans from call to call.
_TOP = f"""
    FROM node t JOIN anchor a ON a.structure_id = t.structure_id AND a.id = t.anchor_id
    WHERE t.id = CAST(:top AS uuid) AND a.gpath < '{PRUNED_FROM}'
"""
# Up to the first anchor beneath, document order is that of the fragment in which the branch starts.
_BEGINNING = statement(f"""
    WITH top AS MATERIALIZED (
        SELECT t.structure_id, t.anchor_id, t.okey, t.okey || CAST(:after AS text) AS low, a.gpath,
               (SELECT b.gpath FROM anchor b
                WHERE b.structure_id = t.structure_id AND b.gpath > a.gpath || t.okey
                  AND b.gpath < branch_end(a.gpath || t.okey)
                ORDER BY b.gpath LIMIT 1) AS next
        {_TOP}
    )
    SELECT {SHOWN}, length(top.okey) AS width, reach.is_enough
    FROM top CROSS JOIN LATERAL (
        SELECT CASE WHEN top.next IS NULL THEN true ELSE EXISTS (
            SELECT FROM node n
            WHERE n.structure_id = top.structure_id AND n.anchor_id = top.anchor_id AND n.okey > top.low COLLATE "C"
              AND n.okey < substr(top.next, length(top.gpath) + 1) COLLATE "C"
            ORDER BY n.okey OFFSET CAST(:most AS int) - 1 LIMIT 1
        ) END AS is_enough OFFSET 0  -- so that it is looked for once
    ) AS reach
    LEFT JOIN LATERAL (
        SELECT n.* FROM node n
        WHERE reach.is_enough
          AND n.structure_id = top.structure_id AND n.anchor_id = top.anchor_id AND n.okey > top.low COLLATE "C"
          AND n.okey < coalesce(substr(top.next, length(top.gpath) + 1), branch_end(top.okey)) COLLATE "C"
        ORDER BY n.okey LIMIT CAST(:most AS int)
    ) AS n ON true
    ORDER BY n.okey
""")
_BENEATH = statement("""
    SELECT a.id, a.gpath FROM anchor a
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.gpath > CAST(:low AS text) AND a.gpath < CAST(:high AS text)
    ORDER BY a.gpath LIMIT CAST(:most AS int)
""")
_ON_THE_WAY = statement("""
    SELECT a.id, a.gpath FROM anchor a
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.gpath = ANY(CAST(:keys AS text[])) ORDER BY a.gpath
""")
_SEGMENT = statement(f"""
    SELECT {SHOWN} FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = CAST(:anchor AS bigint)
      AND n.okey >= CAST(:low AS text) AND n.okey < CAST(:high AS text)
    ORDER BY n.okey LIMIT CAST(:most AS int)
""")
_COUNTS = statement("""
    SELECT t.id, branch_count(t.structure_id, t.id) AS nodes
    FROM unnest(CAST(:structures AS uuid[]), CAST(:ids AS uuid[])) AS t (structure_id, id)
""")
_SHALLOW = "(CAST(:levels AS int) IS NULL OR {} <= CAST(:levels AS int))"


def _count_wanted(among_anchors: str, among_nodes: str) -> Statement:
    """The ranges first, each counted by itself: a WHERE of both kinds of range would read the whole structure."""
    return statement(f"""
        WITH top AS MATERIALIZED (
            SELECT t.structure_id, t.anchor_id, t.okey, a.gpath || t.okey AS full_key, a.n {_TOP}
        ), part AS MATERIALIZED (
            SELECT top.anchor_id AS anchor, top.okey || '!' AS low, branch_end(top.okey) AS high, top.n AS size,
                   - key_depth(top.okey) AS levels
            FROM top
            UNION ALL
            SELECT b.id, '', '~', b.n, key_depth(b.gpath) - key_depth(top.full_key)
            FROM top JOIN anchor b ON b.structure_id = top.structure_id AND b.gpath > top.full_key
                                  AND b.gpath < branch_end(top.full_key) AND {among_anchors}
        )
        SELECT CASE WHEN CAST(:most AS bigint) IS NULL OR (SELECT sum(p.size) FROM part p) <= CAST(:most AS bigint)
        THEN (
            SELECT CAST(sum(c.wanted) AS bigint) FROM part p CROSS JOIN LATERAL (
                SELECT count(*) AS wanted FROM node n
                WHERE n.structure_id = (SELECT top.structure_id FROM top) AND n.anchor_id = p.anchor
                  AND n.okey >= p.low COLLATE "C" AND n.okey < p.high COLLATE "C" AND {among_nodes}
            ) AS c
        ) END AS wanted
    """)


_COUNT_WANTED = _count_wanted(
    _SHALLOW.format("key_depth(b.gpath) - key_depth(top.full_key)"),
    f"{_SHALLOW.format('p.levels + key_depth(n.okey)')} AND {FILTER}",
)
# The most frequent wish: what is not asked for costs a tenth of the time even so.
_COUNT_KINDS = _count_wanted("true", "n.kind = ANY(CAST(:kinds AS text[]))")


async def beginning(db: Connection, top: UUID, after: str, most: int) -> list[tuple[NodeRecord, str]] | None:
    """At most `most` nodes below `top` behind the key `after`, each with its key; keys are relative to `top` here.

    One statement, so it needs no transaction. None where they go on in another fragment: `walking.following` reads
    those. Empty where `top` is pruned or gone.
    """
    rows = await _BEGINNING.all(db, top=top, after=after, most=most)
    if rows and not rows[0]["is_enough"]:
        return None
    if not rows or rows[0]["id"] is None:
        return []
    width: int = rows[0]["width"]
    return [(node, node.okey[width:]) for node in nodes(rows)]


async def anchors_beneath(db: Connection, top: BranchLabel, low: str, most: int) -> list[Anchor]:
    """At most `most` anchors inside the branch whose full key is above `low`, by full key."""
    rows = await _BENEATH.all(db, structure=top.structure_id, low=low, high=end_of(top.full_key), most=most)
    return [Anchor(*row) for row in rows]


async def anchors_on_the_way(db: Connection, top: BranchLabel, to: str) -> list[Anchor]:
    """The anchors inside the branch that lie above the full key `to`, or at it."""
    keys = [key for key in prefixes(to) if len(key) > len(top.full_key)]
    if not keys:
        return []
    return [Anchor(*row) for row in await _ON_THE_WAY.all(db, structure=top.structure_id, keys=keys)]


async def read_segment(db: Connection, structure: UUID, part: Segment, most: int) -> list[NodeRecord]:
    """At most `most` nodes of a segment, in its order."""
    return nodes(
        await _SEGMENT.all(db, structure=structure, anchor=part.anchor, low=part.low, high=part.high, most=most)
    )


async def counts(db: Connection, tops: Sequence[NodeRecord]) -> dict[UUID, int]:
    """How many nodes lie below each, without walking its branch."""
    rows = await _COUNTS.all(db, structures=[t.structure_id for t in tops], ids=[t.id for t in tops])
    return {row["id"]: row["nodes"] for row in rows}


async def count_wanted(
    db: Connection, top: UUID, wanted: NodeFilter, levels: int | None, most: int | None = None
) -> int | None:
    """How many nodes at most `levels` below `top` are wanted; each node of the branch is looked at.

    None where `top` is pruned or gone, or where the branch's fragments have more than `most` nodes.
    """
    only_kinds = levels is None and wanted == NodeFilter(kinds=wanted.kinds or [])
    count = _COUNT_KINDS if only_kinds else _COUNT_WANTED
    return await count.value(db, top=top, levels=levels, most=most, **filter_values(wanted))
