"""Branches: their anchors, their segments, their size."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import BranchLabel, NodeFilter, NodeRecord
from mediaclay_structure.store.columns import NODE, nodes, statement
from mediaclay_structure.store.filters import FILTER, filter_values
from mediaclay_structure.tree.segments import Anchor, Segment, end_of, prefixes

_BENEATH = statement("""
    SELECT a.id, a.gpath FROM anchor a
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.gpath > CAST(:low AS text) AND a.gpath < CAST(:high AS text)
    ORDER BY a.gpath LIMIT CAST(:most AS int)
""")
_ON_THE_WAY = statement("""
    SELECT a.id, a.gpath FROM anchor a
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.gpath = ANY(CAST(:keys AS text[])) ORDER BY a.gpath
""")
_SEGMENTS = statement(f"""
    SELECT {NODE}, s.base || n.okey AS full_key
    FROM unnest(CAST(:anchors AS bigint[]), CAST(:bases AS text[]), CAST(:lows AS text[]), CAST(:highs AS text[]))
         WITH ORDINALITY AS s (anchor, base, low, high, place)
    CROSS JOIN LATERAL (
        SELECT n.* FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = s.anchor
          AND n.okey >= s.low COLLATE "C" AND n.okey < s.high COLLATE "C"
          AND (CAST(:deepest AS int) IS NULL OR key_depth(s.base) + key_depth(n.okey) <= CAST(:deepest AS int))
          AND {FILTER}
        ORDER BY n.okey LIMIT CAST(:most AS int)
    ) AS n
    ORDER BY s.place, n.okey LIMIT CAST(:most AS int)
""")
_COUNTS = statement("""
    SELECT t.id, branch_count(t.structure_id, t.id) AS nodes
    FROM unnest(CAST(:structures AS uuid[]), CAST(:ids AS uuid[])) AS t (structure_id, id)
""")
_COUNT_WANTED = statement(f"""
    SELECT count(*) FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.structure_id = CAST(:structure AS uuid)
      AND (n.anchor_id = CAST(:anchor AS bigint) AND n.okey > CAST(:okey AS text) AND n.okey < CAST(:end AS text)
           OR a.gpath > CAST(:low AS text) AND a.gpath < CAST(:high AS text))
      AND (CAST(:deepest AS int) IS NULL OR key_depth(a.gpath) + key_depth(n.okey) <= CAST(:deepest AS int))
      AND {FILTER}
""")


async def anchors_beneath(db: Connection, top: BranchLabel, low: str, most: int) -> list[Anchor]:
    """At most `most` anchors inside the branch whose full key is above `low`, by full key."""
    rows = await _BENEATH.all(db, structure=top.structure_id, low=low, high=end_of(top.full_key), most=most)
    return [Anchor(*row) for row in rows]


async def anchors_on_the_way(db: Connection, top: BranchLabel, to: str) -> list[Anchor]:
    """The anchors inside the branch that lie above the full key `to`, or at it."""
    keys = [key for key in prefixes(to) if len(key) > len(top.full_key)]
    return [Anchor(*row) for row in await _ON_THE_WAY.all(db, structure=top.structure_id, keys=keys)]


async def read_segments(
    db: Connection, structure: UUID, parts: Sequence[Segment], wanted: NodeFilter, deepest: int | None, most: int
) -> list[tuple[NodeRecord, str]]:
    """At most `most` wanted nodes of these segments, in their order, each with its full key."""
    rows = await _SEGMENTS.all(
        db, structure=structure, anchors=[s.anchor for s in parts], bases=[s.base for s in parts],
        lows=[s.low for s in parts], highs=[s.high for s in parts], deepest=deepest, most=most,
        **filter_values(wanted),
    )  # fmt: skip
    return [(record, row["full_key"]) for row, record in zip(rows, nodes(rows), strict=True)]


async def counts(db: Connection, tops: Sequence[NodeRecord]) -> dict[UUID, int]:
    """How many nodes lie below each, without walking its branch."""
    rows = await _COUNTS.all(db, structures=[t.structure_id for t in tops], ids=[t.id for t in tops])
    return {row["id"]: row["nodes"] for row in rows}


async def count_wanted(db: Connection, top: BranchLabel, wanted: NodeFilter, deepest: int | None) -> int:
    """How many nodes below `top` are wanted; `deepest` is the most sibling keys that a full key may have."""
    return await _COUNT_WANTED.value(
        db, structure=top.structure_id, anchor=top.anchor_id, okey=top.okey, end=end_of(top.okey),
        low=top.full_key, high=end_of(top.full_key), deepest=deepest, **filter_values(wanted),
    )  # fmt: skip
