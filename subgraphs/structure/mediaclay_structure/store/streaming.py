"""A branch as NDJSON. PostgreSQL writes the lines itself; here blocks of bytes pass by, and no row is ever held."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection, Statement

from mediaclay_structure.records import BranchLabel
from mediaclay_structure.store import walking
from mediaclay_structure.store.columns import PRUNED_FROM, statement
from mediaclay_structure.store.guards import Guard, by_holders, held, readable
from mediaclay_structure.tree.segments import Segment, end_of

Sink = Callable[[bytes], Awaitable[None]]
"""Takes whole lines; what is read waits for it."""

SORTED_AT_ONCE = 20_000
"""A segment of a fragment that holds more nodes than this is read by itself, straight from its index: among others
PostgreSQL would gather it to sort it."""
UNLIMITED = 7 * 24 * 3600.0
"""Seconds. A client may take its time: whoever calls stops one that stands still."""

# JSON holds no control character, so with these two no line is quoted: each goes out as it is, and a newline behind it.
_RAW = {"format": "csv", "quote": "\x01", "delimiter": "\x02"}

# What hangs on the top itself names no parent, so that the lines can go below any other node.
_NODE_LINE = """
    concat('{"id":"', n.id, CASE WHEN n.parent_id <> CAST(:top AS uuid) THEN '","parent":"' END,
           nullif(n.parent_id, CAST(:top AS uuid)), '","kind":', to_json(n.kind), ',"name":', to_json(n.name),
           ',"slug":', to_json(n.slug), ',"properties":', n.properties, '}')
"""
_LINK_LINE = """
    concat('{"link":', to_json(l.kind), CASE WHEN l.source_id <> CAST(:top AS uuid) THEN ',"source":"' END,
           nullif(l.source_id, CAST(:top AS uuid)), CASE WHEN l.source_id <> CAST(:top AS uuid) THEN '"' END,
           CASE WHEN l.target_id <> CAST(:top AS uuid) THEN ',"target":"' END,
           nullif(l.target_id, CAST(:top AS uuid)), CASE WHEN l.target_id <> CAST(:top AS uuid) THEN '"' END,
           ',"properties":', l.properties, '}')
"""
_PARTS = """
    unnest(CAST(:anchors AS bigint[]), CAST(:lows AS text[]), CAST(:highs AS text[]))
    WITH ORDINALITY AS s (anchor, low, high, place)
"""
_SEGMENTS = statement(f"""
    SELECT part.line FROM {_PARTS}
    CROSS JOIN LATERAL (
        SELECT {_NODE_LINE} AS line, n.okey FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = s.anchor
          AND n.okey >= s.low COLLATE "C" AND n.okey < s.high COLLATE "C"
        ORDER BY n.okey
    ) AS part
    ORDER BY s.place, part.okey
""")
_SEGMENT = statement(f"""
    SELECT {_NODE_LINE} FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = CAST(:anchor AS bigint)
      AND n.okey >= CAST(:low AS text) COLLATE "C" AND n.okey < CAST(:high AS text) COLLATE "C"
    ORDER BY n.okey
""")
_SIZES = statement("""
    SELECT a.id, a.n FROM anchor a
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.id = ANY(CAST(:anchors AS bigint[]))
""")
_REVISION = statement("SELECT revision FROM changelog_head WHERE stream = CAST(:structure AS uuid)")


def _visible(holders: int | None) -> str:
    seen = "" if holders is None else f"AND {readable(holders, 't', 'a.gpath || t.okey')}"
    return f"""
    EXISTS (SELECT FROM node t JOIN anchor a ON a.structure_id = t.structure_id AND a.id = t.anchor_id
            WHERE t.structure_id = l.structure_id AND t.id = l.target_id AND a.gpath < '{PRUNED_FROM}' {seen})
    """


def _with(holders: int | None) -> str:
    return "" if holders is None else f"WITH {held(holders)}"


# Of a branch that is larger than all links together: each link, and whether it begins in the branch.
def _links(holders: int | None) -> Statement:
    return statement(f"""
    {_with(holders)}
    SELECT {_LINK_LINE} FROM link l
    JOIN node s ON s.structure_id = l.structure_id AND s.id = l.source_id
    JOIN anchor b ON b.structure_id = s.structure_id AND b.id = s.anchor_id
    WHERE l.structure_id = CAST(:structure AS uuid)
      AND b.gpath || s.okey >= CAST(:low AS text) COLLATE "C" AND b.gpath || s.okey < CAST(:high AS text) COLLATE "C"
      AND {_visible(holders)}
    ORDER BY l.id
    """)


# Of a small branch: each of its nodes, and the links that it has.
def _links_of_segments(holders: int | None) -> Statement:
    return statement(f"""
    {_with(holders)}
    SELECT {_LINK_LINE} FROM {_PARTS}
    JOIN node n ON n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = s.anchor
      AND n.okey >= s.low COLLATE "C" AND n.okey < s.high COLLATE "C"
    JOIN link l ON l.structure_id = n.structure_id AND l.source_id = n.id
    WHERE {_visible(holders)}
    ORDER BY l.id
    """)


_LINKS, _LINKS_OF_SEGMENTS = _links(None), _links_of_segments(None)
_GUARDED_LINKS, _GUARDED_LINKS_OF_SEGMENTS = by_holders(_links), by_holders(_links_of_segments)
_MORE_LINKS_THAN_NODES = statement("""
    SELECT branch_count(CAST(:structure AS uuid), CAST(:top AS uuid)) < (
        SELECT count(*) FROM (
            SELECT FROM link l WHERE l.structure_id = CAST(:structure AS uuid)
            LIMIT branch_count(CAST(:structure AS uuid), CAST(:top AS uuid)) + 1
        ) AS counted)
""")


async def revision(db: Connection, structure: UUID) -> int:
    """The newest revision of a structure in this snapshot."""
    return await _REVISION.value(db, structure=structure)


async def nodes_to(db: Connection, top: BranchLabel, after: str | None, sink: Sink) -> None:
    """Hands all lines of nodes below `top` to `sink`, in pre-order; with `after` those behind that full key.

    Needs a transaction that is REPEATABLE READ. Waits for `sink` before it reads on.
    """
    async for parts in walking.parts(db, top, after or top.full_key):
        async for some in _apart(db, top.structure_id, parts):
            if len(some) == 1:
                [one] = some
                values = {"anchor": one.anchor, "low": one.low, "high": one.high}
                await _copy(db, _SEGMENT, sink, structure=top.structure_id, top=top.id, **values)
            else:
                await _copy(db, _SEGMENTS, sink, structure=top.structure_id, top=top.id, **_columns(some))


async def links_to(db: Connection, top: BranchLabel, sink: Sink, guard: Guard | None = None) -> None:
    """Hands the links whose source is `top` or lies below it to `sink`, by their ids. Otherwise as `nodes_to`."""
    structure, more = top.structure_id, {} if guard is None else guard.values
    if not await _MORE_LINKS_THAN_NODES.value(db, structure=structure, top=top.id):
        key = top.full_key
        form = _GUARDED_LINKS(guard) or _LINKS
        await _copy(db, form, sink, structure=structure, top=top.id, low=key, high=end_of(key), **more)
        return
    # The branch has fewer nodes than the structure has links; so these are few enough to be named at once.
    own = Segment(top.anchor_id, top.gpath, top.okey, f"{top.okey}!")
    parts = [part async for some in walking.parts(db, top, top.full_key) for part in some]
    form = _GUARDED_LINKS_OF_SEGMENTS(guard) or _LINKS_OF_SEGMENTS
    await _copy(db, form, sink, structure=structure, top=top.id, **_columns([own, *parts]), **more)


async def _apart(db: Connection, structure: UUID, parts: Sequence[Segment]) -> AsyncGenerator[list[Segment]]:
    """The segments in their order, cut so that each of a large fragment is alone."""
    rows = await _SIZES.all(db, structure=structure, anchors=list({part.anchor for part in parts}))
    sizes: dict[int, int] = {row["id"]: row["n"] for row in rows}
    together: list[Segment] = []
    for part in parts:
        if sizes[part.anchor] <= SORTED_AT_ONCE:
            together.append(part)
            continue
        if together:
            yield together
        yield [part]
        together = []
    if together:
        yield together


def _columns(parts: Sequence[Segment]) -> dict[str, list[object]]:
    return {
        "anchors": [part.anchor for part in parts],
        "lows": [part.low for part in parts],
        "highs": [part.high for part in parts],
    }


async def _copy(db: Connection, query: Statement, sink: Sink, **given: object) -> None:
    await db.copy_from_query(query.sql, *query.arguments(given), output=sink, timeout=UNLIMITED, **_RAW)
