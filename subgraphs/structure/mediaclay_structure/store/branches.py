"""Branches: their anchors, their segments, their size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import BranchLabel, NodeFilter, NodeRecord
from mediaclay_structure.store.columns import NODE, PRUNED_FROM, nodes, statement
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
    SELECT {NODE}, length(top.okey) AS width, top.next IS NOT NULL AS goes_on
    FROM top LEFT JOIN LATERAL (
        SELECT n.* FROM node n
        WHERE n.structure_id = top.structure_id AND n.anchor_id = top.anchor_id AND n.okey > top.low COLLATE "C"
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
    SELECT {NODE} FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = CAST(:anchor AS bigint)
      AND n.okey >= CAST(:low AS text) AND n.okey < CAST(:high AS text)
    ORDER BY n.okey LIMIT CAST(:most AS int)
""")
_COUNTS = statement("""
    SELECT t.id, branch_count(t.structure_id, t.id) AS nodes
    FROM unnest(CAST(:structures AS uuid[]), CAST(:ids AS uuid[])) AS t (structure_id, id)
""")
# The ranges first, each counted by itself: with both kinds of range in one WHERE the whole structure would be read.
_COUNT_WANTED = statement(f"""
    WITH top AS MATERIALIZED (
        SELECT t.structure_id, t.anchor_id, t.okey, a.gpath || t.okey AS full_key, a.n {_TOP}
    ), part AS MATERIALIZED (
        SELECT top.anchor_id AS anchor, top.okey || '!' AS low, branch_end(top.okey) AS high, top.n AS size,
               - key_depth(top.okey) AS levels
        FROM top
        UNION ALL
        SELECT b.id, '', '~', b.n, key_depth(b.gpath) - key_depth(top.full_key)
        FROM top JOIN anchor b ON b.structure_id = top.structure_id AND b.gpath > top.full_key
                              AND b.gpath < branch_end(top.full_key)
        WHERE CAST(:levels AS int) IS NULL OR key_depth(b.gpath) - key_depth(top.full_key) <= CAST(:levels AS int)
    )
    SELECT CASE WHEN CAST(:most AS bigint) IS NULL OR (SELECT sum(p.size) FROM part p) <= CAST(:most AS bigint) THEN (
        SELECT CAST(sum(c.wanted) AS bigint) FROM part p CROSS JOIN LATERAL (
            SELECT count(*) AS wanted FROM node n
            WHERE n.structure_id = (SELECT top.structure_id FROM top) AND n.anchor_id = p.anchor
              AND n.okey >= p.low COLLATE "C" AND n.okey < p.high COLLATE "C"
              AND (CAST(:levels AS int) IS NULL OR p.levels + key_depth(n.okey) <= CAST(:levels AS int))
              AND {FILTER}
        ) AS c
    ) END AS wanted
""")


class Beginning(NamedTuple):
    """The first nodes of a branch, each with its key relative to the top; `is_enough` unless more has to be read."""

    nodes: list[tuple[NodeRecord, str]]
    is_enough: bool


async def beginning(db: Connection, top: UUID, after: str, most: int) -> Beginning:
    """At most `most` nodes below `top` behind the key `after`, relative to it, as far as one statement finds them.

    That is all where no anchor lies beneath, and nothing where `top` is pruned or gone.
    """
    rows = await _BEGINNING.all(db, top=top, after=after, most=most)
    if not rows:
        return Beginning([], True)
    width: int = rows[0]["width"]
    found = nodes(rows) if rows[0]["id"] is not None else []
    return Beginning([(node, node.okey[width:]) for node in found], len(found) >= most or not rows[0]["goes_on"])


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
    return await _COUNT_WANTED.value(db, top=top, levels=levels, most=most, **filter_values(wanted))
