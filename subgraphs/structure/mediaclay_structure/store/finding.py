"""Wanted nodes of a branch: by walking it in document order, or from the index where few nodes are wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import BranchLabel, NodeRecord
from mediaclay_structure.store import walking
from mediaclay_structure.store.columns import SHOWN, nodes, statement
from mediaclay_structure.store.filters import FILTER, Search, filter_values
from mediaclay_structure.tree.segments import Segment, end_of

LOOKS = 3
"""How often a page is looked for in document order before the index is asked: enough where a few in 100 match."""
STEP = 4_000
"""The most nodes of a segment that one look passes over; segments have some hundred, but for those of flat folders."""
SEGMENTS = 64
"""The most segments of one look."""
FEW = 10_000
"""The most nodes of a structure that are taken from the index, to be put into order; above it they are not rare."""

Found = list[tuple[NodeRecord, str]]

# What the migration 0005 indexes, to the letter.
_DOCUMENT = """(
    jsonb_set('{}', ARRAY[CAST(n.structure_id AS text)], n.properties)
    || jsonb_object(ARRAY['kind ' || CAST(n.structure_id AS text), n.kind])
)"""
# IS NOT DISTINCT FROM, since `=` would let the planner read the whole structure by another index.
CANDIDATES = f"""
    SELECT n.* FROM node n
    WHERE n.structure_id IS NOT DISTINCT FROM CAST(:structure AS uuid) AND {_DOCUMENT} @@ CAST(:narrow AS jsonpath)
    LIMIT CAST(:few AS int) + 1
"""
# Where somebody dropped the index for a great import, everything is frequent: the walk finds it.
KNOWN = """
    known AS (SELECT CASE WHEN to_regclass('node_document') IS NULL THEN CAST(:few AS int) + 1
                          ELSE (SELECT count(*) FROM candidates) END AS number)
"""
_DEEP_ENOUGH = """
    (CAST(:deepest AS int) IS NULL OR key_depth({base}) + key_depth(n.okey) <= CAST(:deepest AS int))
"""
_LOOK = statement(f"""
    SELECT {SHOWN}, s.base || n.okey AS full_key, s.place, e.edge
    FROM unnest(CAST(:anchors AS bigint[]), CAST(:bases AS text[]), CAST(:lows AS text[]), CAST(:highs AS text[]))
         WITH ORDINALITY AS s (anchor, base, low, high, place)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN (SELECT a.n FROM anchor a WHERE a.structure_id = CAST(:structure AS uuid) AND a.id = s.anchor)
                         > CAST(:step AS int) THEN
            (SELECT n.okey FROM node n
             WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = s.anchor
               AND n.okey >= s.low COLLATE "C" AND n.okey < s.high COLLATE "C"
             ORDER BY n.okey OFFSET CAST(:step AS int) LIMIT 1)
        END AS edge OFFSET 0  -- so that it is looked for once
    ) AS e
    LEFT JOIN LATERAL (
        SELECT n.* FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = s.anchor
          AND n.okey >= s.low COLLATE "C" AND n.okey < coalesce(e.edge, s.high) COLLATE "C"
          AND {_DEEP_ENOUGH.format(base="s.base")} AND {FILTER}
        ORDER BY n.okey LIMIT CAST(:most AS int)
    ) AS n ON true
    ORDER BY s.place, n.okey
""")
_INSIDE = f"""
    WITH candidates AS MATERIALIZED ({CANDIDATES}), {KNOWN},
    inside AS (
        SELECT n.*, a.gpath || n.okey AS full_key FROM candidates n
        JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
        WHERE (SELECT k.number FROM known k) <= CAST(:few AS int)
          AND a.gpath || n.okey > CAST(:after AS text) COLLATE "C" AND a.gpath || n.okey < CAST(:end AS text) COLLATE "C"
          AND {_DEEP_ENOUGH.format(base="a.gpath")} AND {FILTER}
    )
"""
_RARE = statement(f"""
    {_INSIDE}
    SELECT {SHOWN}, n.full_key, k.number FROM known k
    LEFT JOIN (SELECT * FROM inside ORDER BY full_key LIMIT CAST(:most AS int)) AS n ON true ORDER BY n.full_key
""")
_COUNT_RARE = statement(f"""
    {_INSIDE} SELECT k.number, (SELECT count(*) FROM inside) AS wanted FROM known k
""")
# Only a bitmap can read that index; where the table was not analyzed yet, the planner would rather read all of it.
BY_BITMAP = statement("""
    SELECT set_config('enable_seqscan', w.value, true), set_config('enable_indexscan', w.value, true)
    FROM (SELECT CASE WHEN CAST(:only AS bool) THEN 'off' ELSE 'on' END AS value) AS w
""")


async def following(
    db: Connection, label: BranchLabel, after: str, search: Search, deepest: int | None, most: int
) -> Found:
    """At most `most` wanted nodes of a branch behind the full key `after`, each with its own full key.

    Needs a transaction that is REPEATABLE READ. Raises `LimitExceeded` at the deadline.
    """
    found: Found = []
    waiting: list[Segment] = []
    ahead = _segments(db, label, after)
    looks, size = 0, 1
    while len(found) < most:
        while len(waiting) < size and (part := await anext(ahead, None)) is not None:
            waiting.append(part)
        if not waiting:
            break
        if looks == LOOKS and (rare := await _rare(db, label, after, search, deepest, most)) is not None:
            return rare
        some, waiting = waiting[:size], waiting[size:]
        matches, rest = await _look(db, label.structure_id, some, search, deepest, most - len(found))
        found += matches
        waiting = rest + waiting
        looks += 1
        size = 1 if rest else min(size * 2, SEGMENTS)
    return found[:most]


async def count_rare(db: Connection, label: BranchLabel, search: Search, deepest: int | None) -> int | None:
    """How many nodes below a label are wanted; None where the index does not know, or knows of too many."""
    narrow = search.narrow(label.structure_id)
    if narrow is None:
        return None
    await search.deadline.hold(db)
    await BY_BITMAP.one(db, only=True)
    row = await _COUNT_RARE.one(db, **_inside(label, label.full_key, search, deepest), narrow=narrow)
    await BY_BITMAP.one(db, only=False)
    assert row is not None
    return row["wanted"] if row["number"] <= FEW else None


async def _segments(db: Connection, label: BranchLabel, after: str) -> AsyncIterator[Segment]:
    async for some in walking.parts(db, label, after):
        for part in some:
            yield part


async def _look(
    db: Connection, structure: UUID, parts: Sequence[Segment], search: Search, deepest: int | None, most: int
) -> tuple[Found, list[Segment]]:
    """The wanted nodes of the first segments, and what is left of the segments: from where a long one was cut."""
    await search.deadline.hold(db)
    rows = await _LOOK.all(
        db, structure=structure, anchors=[s.anchor for s in parts], bases=[s.base for s in parts],
        lows=[s.low for s in parts], highs=[s.high for s in parts], deepest=deepest, most=most, step=STEP,
        **filter_values(search.wanted),
    )  # fmt: skip
    cut = next(((row["place"], row["edge"]) for row in rows if row["edge"] is not None), None)
    seen = [row for row in rows if row["id"] is not None and (cut is None or row["place"] <= cut[0])]
    found = [(record, row["full_key"]) for row, record in zip(seen, nodes(seen), strict=True)]
    if cut is None:
        return found, []
    long = parts[int(cut[0]) - 1]
    return found, [Segment(long.anchor, long.base, cut[1], long.high), *parts[cut[0] :]]


async def _rare(
    db: Connection, label: BranchLabel, after: str, search: Search, deepest: int | None, most: int
) -> Found | None:
    narrow = search.narrow(label.structure_id)
    if narrow is None:
        return None
    await search.deadline.hold(db)
    await BY_BITMAP.one(db, only=True)
    rows = await _RARE.all(db, **_inside(label, after, search, deepest), most=most, narrow=narrow)
    await BY_BITMAP.one(db, only=False)
    if rows[0]["number"] > FEW:
        return None
    seen = [row for row in rows if row["id"] is not None]
    return [(record, row["full_key"]) for row, record in zip(seen, nodes(seen), strict=True)]


def _inside(label: BranchLabel, after: str, search: Search, deepest: int | None) -> dict[str, object]:
    return {
        "structure": label.structure_id, "after": after, "end": end_of(label.full_key), "deepest": deepest,
        "few": FEW, **filter_values(search.wanted),
    }  # fmt: skip
