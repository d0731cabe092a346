"""Wanted children: by walking the siblings in their order, or from the index where few nodes are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import NodeRecord, Window
from mediaclay_structure.store import nodes as plain
from mediaclay_structure.store.columns import SHOWN, nodes, statement
from mediaclay_structure.store.filters import FILTER, Search, filter_values
from mediaclay_structure.store.finding import BY_BITMAP, CANDIDATES, FEW, KNOWN, STEP

Sibling = tuple[str, UUID]
"""A sibling key, and the id of the node that had it."""

_DIRECTIONS = {False: (">", "<", "", ""), True: ("<", ">", "DESC", "~")}
_PARENTS = "unnest(CAST(:structures AS uuid[]), CAST(:parents AS uuid[])) AS p (structure_id, id)"
_START = """coalesce(
    (SELECT c.pos FROM node c WHERE c.structure_id = p.structure_id AND c.id = CAST(:sibling AS uuid)
                                AND c.parent_id = p.id), CAST(:pos AS text), '{outside}') COLLATE "C"
"""
_LOOK = {
    backward: statement(f"""
    SELECT {SHOWN}, p.id AS origin, e.edge IS NOT NULL AS cut FROM {_PARENTS}
    CROSS JOIN LATERAL (SELECT {_START.format(outside=outside)} AS pos) AS s
    CROSS JOIN LATERAL (
        SELECT (SELECT n.pos FROM node n
                WHERE n.structure_id = p.structure_id AND n.parent_id = p.id AND n.pos {behind} s.pos
                ORDER BY n.pos {order} OFFSET CAST(:step AS int) LIMIT 1) AS edge OFFSET 0
    ) AS e
    LEFT JOIN LATERAL (
        SELECT n.* FROM node n
        WHERE n.structure_id = p.structure_id AND n.parent_id = p.id AND n.pos {behind} s.pos
          AND (e.edge IS NULL OR n.pos {before} e.edge) AND {FILTER}
        ORDER BY n.pos {order} LIMIT CAST(:most AS int)
    ) AS n ON true
    ORDER BY n.pos {order}
    """)
    for backward, (behind, before, order, outside) in _DIRECTIONS.items()
}
_RARE = {
    backward: statement(f"""
    WITH candidates AS MATERIALIZED ({CANDIDATES}), {KNOWN}
    SELECT {SHOWN}, k.number FROM known k
    LEFT JOIN ({_PARENTS} CROSS JOIN LATERAL (
        SELECT n.* FROM candidates n
        WHERE n.parent_id = p.id AND n.pos {behind} {_START.format(outside=outside)} AND {FILTER}
        ORDER BY n.pos {order} LIMIT CAST(:most AS int)
    ) AS n) ON k.number <= CAST(:few AS int)
    ORDER BY n.pos {order}
    """)
    for backward, (behind, _, order, outside) in _DIRECTIONS.items()
}
_COUNT_RARE = statement(f"""
    WITH candidates AS MATERIALIZED ({CANDIDATES}), {KNOWN}
    SELECT k.number, n.parent_id, count(n.id) AS wanted FROM known k
    LEFT JOIN candidates n ON n.parent_id = ANY(CAST(:parents AS uuid[])) AND {FILTER}
    GROUP BY k.number, n.parent_id
""")
_MANY = statement(f"""
    SELECT EXISTS (SELECT FROM {_PARENTS} WHERE EXISTS (
        SELECT FROM node n WHERE n.structure_id = p.structure_id AND n.parent_id = p.id OFFSET CAST(:step AS int)))
""")


async def wanted(
    db: Connection, parents: Sequence[NodeRecord], search: Search, window: Window, at: Sibling | None
) -> list[NodeRecord]:
    """Up to `window.limit` + 1 wanted children of each parent, as `nodes.children`. Raises `LimitExceeded`.

    Of a flat folder the first few thousand are passed over, then the index is asked, and then the rest of them.
    """
    await search.deadline.hold(db)
    pos, sibling = at or (None, None)
    asked = {
        "pos": pos, "sibling": sibling, "most": window.limit + 1, "step": STEP, **filter_values(search.wanted)
    }  # fmt: skip
    rows = await _LOOK[window.backward].all(db, **_of(parents), **asked)
    seen = [row for row in rows if row["id"] is not None]
    found: dict[UUID, list[NodeRecord]] = {parent.id: [] for parent in parents}
    for row, record in zip(seen, nodes(seen), strict=True):
        found[row["origin"]].append(record)
    cut = {row["origin"] for row in rows if row["cut"]}
    long = [parent for parent in parents if parent.id in cut and len(found[parent.id]) <= window.limit]
    for structure in {parent.structure_id for parent in long}:
        own = [parent for parent in long if parent.structure_id == structure]
        again = await _rare(db, structure, own, search, window, asked)
        if again is None:
            await search.deadline.hold(db)
            again = await plain.wanted_children(db, own, search.wanted, window, at)
            again = again[::-1] if window.backward else again
        for parent in own:
            found[parent.id] = [record for record in again if record.parent_id == parent.id]
    return [record for some in found.values() for record in (some[::-1] if window.backward else some)]


async def counts(db: Connection, parents: Sequence[NodeRecord], search: Search) -> dict[UUID, int]:
    """How many children each parent has that are wanted. Raises `LimitExceeded`."""
    await search.deadline.hold(db)
    structures = {parent.structure_id for parent in parents}
    if len(structures) == 1 and await _MANY.value(db, **_of(parents), step=STEP):
        few = await _count_rare(db, structures.pop(), parents, search)
        if few is not None:
            return few
    await search.deadline.hold(db)
    return await plain.child_counts(db, parents, search.wanted)


def _of(parents: Sequence[NodeRecord]) -> dict[str, object]:
    return {"structures": [p.structure_id for p in parents], "parents": [p.id for p in parents]}


async def _rare(
    db: Connection, structure: UUID, parents: Sequence[NodeRecord], search: Search, window: Window,
    asked: dict[str, object],
) -> list[NodeRecord] | None:  # fmt: skip
    narrow = search.narrow(structure)
    if narrow is None:
        return None
    await search.deadline.hold(db)
    await BY_BITMAP.one(db, only=True)
    rows = await _RARE[window.backward].all(
        db, structure=structure, narrow=narrow, few=FEW, **_of(parents), **asked
    )  # fmt: skip
    await BY_BITMAP.one(db, only=False)
    if rows[0]["number"] > FEW:
        return None
    return nodes(row for row in rows if row["id"] is not None)


async def _count_rare(
    db: Connection, structure: UUID, parents: Sequence[NodeRecord], search: Search
) -> dict[UUID, int] | None:
    narrow = search.narrow(structure)
    if narrow is None:
        return None
    await BY_BITMAP.one(db, only=True)
    rows = await _COUNT_RARE.all(
        db, structure=structure, narrow=narrow, few=FEW, parents=[p.id for p in parents],
        **filter_values(search.wanted),
    )  # fmt: skip
    await BY_BITMAP.one(db, only=False)
    if rows[0]["number"] > FEW:
        return None
    return {row["parent_id"]: row["wanted"] for row in rows if row["parent_id"] is not None}
