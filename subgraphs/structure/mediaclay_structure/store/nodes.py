"""Nodes: by id, by parent, by path, and upwards."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import BranchLabel, NodeFilter, NodeRecord, Window
from mediaclay_structure.store.columns import LIVE, NODE, PRUNED_FROM, SHOWN, ByIds, Shown, array, nodes, statement
from mediaclay_structure.store.filters import FILTER, filter_values
from mediaclay_structure.store.guards import Guard, by_holders, held, readable

_BY_ID = ByIds(f"SELECT {NODE} FROM node n WHERE n.id {{ids}} AND {LIVE}")
_SHOWN_BY_ID = Shown(ByIds, f"SELECT {{node}} FROM node n WHERE n.id {{ids}} AND {LIVE}")
_GUARDED_BY_ID = by_holders(
    lambda holders: Shown(
        ByIds,
        f"""
    WITH {held(holders)}
    SELECT {{node}} FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.id {{ids}} AND a.gpath < '{PRUNED_FROM}' AND {readable(holders)}
    """,
    )
)
_EVEN_PRUNED = ByIds(f"SELECT {NODE} FROM node n WHERE n.id {{ids}}")
_DEPTHS = ByIds("""
    SELECT n.id, key_depth(a.gpath) + key_depth(n.okey) - 1 AS depth
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.id {ids}
""")
_LABELS = ByIds("""
    SELECT n.structure_id, n.id, n.anchor_id, n.okey, a.gpath, s.bound, s.is_public
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    JOIN structure s ON s.id = n.structure_id
    WHERE n.id {ids} AND (CAST(:even_pruned AS bool) OR a.gpath < 'z/')
""")
_FULL_KEYS = ByIds("""
    SELECT n.id, a.gpath || n.okey AS full_key
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.id {ids} AND a.gpath < 'z/'
""")
_ANCESTORS = ByIds(f"""
    WITH RECURSIVE line AS (
        SELECT {NODE}, n.id AS origin, 0 AS up FROM node n WHERE n.id {{ids}}
        UNION ALL
        SELECT {NODE}, line.origin, line.up + 1
        FROM line JOIN node n ON n.structure_id = line.structure_id AND n.id = line.parent_id
    )
    SELECT {SHOWN}, n.origin FROM line n WHERE n.up > 0 ORDER BY n.up DESC
""")
_WALK = """
    walk AS (
        SELECT s.id AS structure_id, s.root_id AS id, 0 AS step FROM structure s WHERE s.slug = CAST(:structure AS text)
        UNION ALL
        SELECT c.structure_id, c.id, walk.step + 1
        FROM walk JOIN node c ON c.structure_id = walk.structure_id AND c.parent_id = walk.id
                             AND c.slug = (CAST(:slugs AS text[]))[walk.step + 1]
    )
"""
_WALKED = f"""
    WITH RECURSIVE {_WALK}
    SELECT {{node}} FROM walk JOIN node n ON n.structure_id = walk.structure_id AND n.id = walk.id
    WHERE walk.step = cardinality(CAST(:slugs AS text[]))
"""
_BY_PATH = Shown(statement, _WALKED)
_GUARDED_BY_PATH = by_holders(
    lambda holders: Shown(
        statement,
        f"""
    WITH RECURSIVE {_WALK}, {held(holders)}
    SELECT {{node}} FROM walk JOIN node n ON n.structure_id = walk.structure_id AND n.id = walk.id
    JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE walk.step = cardinality(CAST(:slugs AS text[])) AND {readable(holders)}
    """,
    )
)
_PARENTS = f"unnest({array('structures')}, {array('parents')}) AS p (structure_id, id)"
# A cursor names the sibling at which a page ended, and its key for the case that it has gone since.
_CHILDREN = {
    backward: statement(f"""
    SELECT {SHOWN} FROM {_PARENTS}
    CROSS JOIN LATERAL (
        SELECT n.* FROM node n
        WHERE n.structure_id = p.structure_id AND n.parent_id = p.id
          AND n.pos {compare} coalesce(
              (SELECT c.pos FROM node c WHERE c.structure_id = p.structure_id AND c.id = CAST(:sibling AS uuid)
                                          AND c.parent_id = p.id), CAST(:pos AS text), '{outside}') COLLATE "C"
          AND {FILTER}
        ORDER BY n.pos {direction} LIMIT CAST(:most AS int)
    ) AS n
    """)
    for backward, compare, direction, outside in ((False, ">", "", ""), (True, "<", "DESC", "~"))
}
# The pages that are asked for most: the first ones, of one parent or of a level of them.
_FIRST_OF_ONE, _FIRST_OF_MANY = (
    {
        backward: Shown(statement, sql.replace("{direction}", direction))
        for backward, direction in ((False, ""), (True, "DESC"))
    }
    for sql in (
        """
    SELECT {node} FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id = CAST(:parent AS uuid)
    ORDER BY n.pos {direction} LIMIT CAST(:most AS int)
    """,
        f"""
    SELECT {{node}} FROM {_PARENTS}
    CROSS JOIN LATERAL (
        SELECT n.* FROM node n WHERE n.structure_id = p.structure_id AND n.parent_id = p.id
        ORDER BY n.pos {{direction}} LIMIT CAST(:most AS int)
    ) AS n
    """,
    )
)
_CHILD_COUNTS = statement(f"""
    SELECT p.id, (SELECT count(*) FROM node n
                  WHERE n.structure_id = p.structure_id AND n.parent_id = p.id AND {FILTER}) AS children
    FROM unnest(CAST(:structures AS uuid[]), CAST(:parents AS uuid[])) AS p (structure_id, id)
""")


async def by_id(db: Connection, ids: Sequence[UUID]) -> list[NodeRecord]:
    """Those that there are and that are not pruned, in no order."""
    return nodes(await _BY_ID.all(db, ids))


async def shown(
    db: Connection, ids: Sequence[UUID], needs: frozenset[str] | None = None, guard: Guard | None = None
) -> list[NodeRecord]:
    """The same that may be read, to be shown: with the attributes that it `needs`, or with any."""
    guarded = _GUARDED_BY_ID(guard)
    if guarded is None or guard is None:
        return nodes(await _SHOWN_BY_ID.of(needs).all(db, ids))
    return nodes(await guarded.of(needs).all(db, ids, **guard.values))


async def even_pruned(db: Connection, ids: Sequence[UUID]) -> list[NodeRecord]:
    """Those that there are, pruned ones among them, in no order."""
    return nodes(await _EVEN_PRUNED.all(db, ids))


async def depths(db: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    """The number of levels above each; 0 for a root."""
    return {row["id"]: row["depth"] for row in await _DEPTHS.all(db, ids)}


async def labels(db: Connection, ids: Sequence[UUID], *, even_pruned: bool = False) -> dict[UUID, BranchLabel]:
    """Where each stands that is not pruned, or each."""
    rows = await _LABELS.all(db, ids, even_pruned=even_pruned)
    return {row["id"]: BranchLabel(*row) for row in rows}


async def full_keys(db: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The place of each in its structure, if it is not pruned: what an access check compares.

    A node lies in a branch if its full key begins with that of the branch's top.
    """
    return {row["id"]: row["full_key"] for row in await _FULL_KEYS.all(db, ids)}


async def ancestors(db: Connection, ids: Sequence[UUID]) -> dict[UUID, list[NodeRecord]]:
    """All above each node, from the root down to its parent."""
    found: dict[UUID, list[NodeRecord]] = {i: [] for i in ids}
    rows = await _ANCESTORS.all(db, list(found))
    for row, record in zip(rows, nodes(rows), strict=True):
        found[row["origin"]].append(record)
    return found


async def by_path(
    db: Connection, structure: str, slugs: Sequence[str], needs: frozenset[str] | None = None,
    guard: Guard | None = None,
) -> NodeRecord | None:  # fmt: skip
    """The node at a path below the root of the structure with that slug, if it may be read, to be shown."""
    form = (_GUARDED_BY_PATH(guard) or _BY_PATH).of(needs)
    found = await form.all(db, structure=structure, slugs=list(slugs), **({} if guard is None else guard.values))
    return next(iter(nodes(found)), None)


async def children(
    db: Connection, parents: Sequence[NodeRecord], window: Window, at: tuple[str, UUID] | None,
    needs: frozenset[str] | None = None,
) -> list[NodeRecord]:  # fmt: skip
    """Up to `window.limit` + 1 children of each parent behind (or before) the sibling `at`, in order, to be shown."""
    most = window.limit + 1
    if at is not None:
        return await wanted_children(db, parents, NodeFilter(), window, at)
    if len(parents) == 1:
        (structure, parent, *_) = parents[0]
        rows = await _FIRST_OF_ONE[window.backward].of(needs).rows(db, structure, parent, most)
    else:
        structures, ids = [p[0] for p in parents], [p[1] for p in parents]
        rows = await _FIRST_OF_MANY[window.backward].of(needs).all(db, structures=structures, parents=ids, most=most)
    return _forwards(nodes(rows), window)


async def wanted_children(
    db: Connection, parents: Sequence[NodeRecord], wanted: NodeFilter, window: Window, at: tuple[str, UUID] | None
) -> list[NodeRecord]:
    """The same of those that are wanted, passing over the others."""
    pos, sibling = at or (None, None)
    rows = await _CHILDREN[window.backward].all(
        db, structures=[p.structure_id for p in parents], parents=[p.id for p in parents], pos=pos, sibling=sibling,
        most=window.limit + 1, **filter_values(wanted),
    )  # fmt: skip
    return _forwards(nodes(rows), window)


def _forwards(found: list[NodeRecord], window: Window) -> list[NodeRecord]:
    return found[::-1] if window.backward else found


async def child_counts(db: Connection, parents: Sequence[NodeRecord], wanted: NodeFilter) -> dict[UUID, int]:
    """How many children each parent has that are wanted."""
    rows = await _CHILD_COUNTS.all(
        db, structures=[p.structure_id for p in parents], parents=[p.id for p in parents], **filter_values(wanted)
    )
    return {row["id"]: row["children"] for row in rows}
