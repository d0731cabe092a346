"""What operations write, and the locks under which they do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import BranchLabel, Held, NodeRecord
from mediaclay_structure.store.columns import LIVE, NODE, PRUNED_FROM, ByIds, line_of, nodes, statement

_SHARED = statement("SELECT pg_advisory_xact_lock_shared(hashtextextended(CAST(:structure AS text), 7341))")
_EXCLUSIVE = statement("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:structure AS text), 7341))")
_FIND_AND_LOCK = {
    alone: ByIds(f"""
    SELECT n.id, n.structure_id, CASE WHEN n.id = CAST(:first AS uuid)
        THEN CAST({lock}(hashtextextended(CAST(n.structure_id AS text), 7341)) AS text) END AS locked
    FROM node n WHERE n.id {{ids}}
    """)
    for alone, lock in ((True, "pg_advisory_xact_lock"), (False, "pg_advisory_xact_lock_shared"))
}
# In the order of the ids, so that two that lock the same nodes never wait for each other.
_LOCK = ByIds(f"""
    SELECT {NODE} FROM node n WHERE n.id {{ids}} AND (CAST(:even_pruned AS bool) OR {LIVE})
    ORDER BY n.id FOR NO KEY UPDATE
""")
_HOLD = ByIds(f"""
    SELECT {NODE}, n.anchor_id, a.gpath, s.bound, s.is_public, {line_of("n")} AS line
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    JOIN structure s ON s.id = n.structure_id
    WHERE n.id {{ids}} AND a.gpath < '{PRUNED_FROM}' ORDER BY n.id FOR NO KEY UPDATE OF n
""")
_LINES = ByIds(f"""
    SELECT n.id, s.is_public, {line_of("n")} AS line FROM node n JOIN structure s ON s.id = n.structure_id WHERE n.id {{ids}}
""")
_ABOVE = statement("""
    WITH RECURSIVE up AS (
        SELECT n.id, n.parent_id FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) AND n.id = ANY(CAST(:ids AS uuid[]))
        UNION
        SELECT p.id, p.parent_id
        FROM up JOIN node p ON p.structure_id = CAST(:structure AS uuid) AND p.id = up.parent_id
    )
    SELECT up.id FROM up
""")
_EDGE_SIBLINGS = statement("""
    SELECT (SELECT n.pos FROM node n WHERE n.structure_id = CAST(:structure AS uuid)
              AND n.parent_id = CAST(:parent AS uuid) ORDER BY n.pos LIMIT 1) AS first,
           (SELECT n.pos FROM node n WHERE n.structure_id = CAST(:structure AS uuid)
              AND n.parent_id = CAST(:parent AS uuid) ORDER BY n.pos DESC LIMIT 1) AS last
""")
_NEIGHBOURS = statement("""
    SELECT s.pos,
           (SELECT n.pos FROM node n WHERE n.structure_id = s.structure_id AND n.parent_id = s.parent_id
              AND n.pos < s.pos ORDER BY n.pos DESC LIMIT 1) AS before,
           (SELECT n.pos FROM node n WHERE n.structure_id = s.structure_id AND n.parent_id = s.parent_id
              AND n.pos > s.pos ORDER BY n.pos LIMIT 1) AS after
    FROM node s WHERE s.structure_id = CAST(:structure AS uuid) AND s.id = CAST(:sibling AS uuid)
      AND s.parent_id = CAST(:parent AS uuid)
""")
_AROUND_KEY = statement("""
    SELECT (SELECT n.pos FROM node n WHERE n.structure_id = CAST(:structure AS uuid)
              AND n.parent_id = CAST(:parent AS uuid) AND n.pos = CAST(:key AS text)) AS at,
           (SELECT n.pos FROM node n WHERE n.structure_id = CAST(:structure AS uuid)
              AND n.parent_id = CAST(:parent AS uuid) AND n.pos < CAST(:key AS text) ORDER BY n.pos DESC LIMIT 1)
               AS before
""")
_SIBLINGS_UP_TO, _SIBLINGS_FROM = (
    statement(f"""
    SELECT n.id, n.pos FROM node n WHERE n.structure_id = CAST(:structure AS uuid)
      AND n.parent_id = CAST(:parent AS uuid) AND n.pos {compare} CAST(:key AS text)
    ORDER BY n.pos {direction} LIMIT CAST(:most AS int)
    """)
    for compare, direction in (("<=", "DESC"), (">=", ""))
)
_SLUGS_TAKEN = statement("""
    SELECT w.parent, w.slug, n.id FROM unnest(CAST(:parents AS uuid[]), CAST(:slugs AS text[])) AS w (parent, slug)
    JOIN node n ON n.structure_id = CAST(:structure AS uuid) AND n.parent_id = w.parent AND n.slug = w.slug
""")
_SLUG_TAKEN = statement("""
    SELECT n.id FROM node n WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id = CAST(:parent AS uuid)
      AND n.slug = CAST(:slug AS text)
""")
_CREATE = statement(f"""
    WITH grown AS (
        UPDATE anchor SET n = n + 1, deep = greatest(deep, key_depth(CAST(:okey AS text)))
        WHERE structure_id = CAST(:structure AS uuid) AND id = CAST(:anchor AS bigint)
    )
    INSERT INTO node AS n (structure_id, id, parent_id, pos, anchor_id, okey, kind, name, slug, properties,
                           created_by, updated_by)
    VALUES (:structure, :id, :parent, :pos, :anchor, :okey, :kind, :name, :slug, :properties, :by, :by)
    RETURNING {NODE}
""")
_INSERT_ANCHOR = statement("""
    INSERT INTO anchor (structure_id, id, node_id, pinned, n, deep, gpath)
    VALUES (:structure, :anchor, :node, :pinned, :n, :deep, :gpath)
""")
_NEW_ANCHORS = statement("SELECT nextval('anchor_ids') FROM generate_series(1, CAST(:count AS int))")
_CROWDED = statement("""
    SELECT s.bound + s.bound / 2 < a.n AND fragment_count(s.id, a.id, CAST(:top AS text), s.bound + s.bound / 2 + 1)
           > s.bound + s.bound / 2
    FROM structure s JOIN anchor a ON a.structure_id = s.id
    WHERE s.id = CAST(:structure AS uuid) AND a.id = CAST(:anchor AS bigint)
""")
_SETTLE = statement("SELECT settle(CAST(:structure AS uuid), CAST(:anchor AS bigint), CAST(:near AS text))")
_MOVE = statement("""
    SELECT move_branch(CAST(:structure AS uuid), CAST(:id AS uuid), CAST(:parent AS uuid), CAST(:pos AS text))
""")
_UPDATE = statement(f"""
    UPDATE node AS n SET name = :name, slug = :slug, kind = :kind, properties = :properties, version = n.version + 1,
                         updated_at = now(), updated_by = :by
    WHERE n.structure_id = :structure AND n.id = :id RETURNING {NODE}
""")
_TOUCH = statement(f"""
    UPDATE node AS n SET version = n.version + 1, updated_at = now(), updated_by = :by
    WHERE n.structure_id = :structure AND n.id = :id RETURNING {NODE}
""")
_MOVED = statement(f"""
    UPDATE node AS n SET version = n.version + 1, updated_at = now(), updated_by = :by
    WHERE n.structure_id = :structure AND n.id = :id RETURNING {NODE}, branch_count(n.structure_id, n.id)
""")
_RENAME = statement("UPDATE node SET name = :name, slug = :slug WHERE structure_id = :structure AND id = :id")
# Of the branch of a node: the levels that its own fragment and those beneath ever had, counted from the root.
_LEVELS_BOUND = statement("""
    SELECT greatest(
        (SELECT key_depth(a.gpath) + a.deep FROM anchor a
         WHERE a.structure_id = CAST(:structure AS uuid) AND a.id = CAST(:anchor AS bigint)),
        (SELECT max(key_depth(a.gpath) + a.deep) FROM anchor a WHERE a.structure_id = CAST(:structure AS uuid)
           AND a.gpath > CAST(:low AS text) AND a.gpath < branch_end(CAST(:low AS text))))
""")
_LEVELS = statement("""
    SELECT greatest(CAST(:inside AS int), coalesce(max(key_depth(a.gpath) + a.deep), 0))
    FROM anchor a WHERE a.structure_id = CAST(:structure AS uuid)
      AND a.gpath > CAST(:low AS text) AND a.gpath < branch_end(CAST(:low AS text))
""")
_FRAGMENT_LEVELS = statement("""
    SELECT coalesce(max(key_depth(n.okey)), 0) FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.anchor_id = CAST(:anchor AS bigint)
      AND n.okey >= CAST(:okey AS text) AND n.okey < branch_end(CAST(:okey AS text))
""")


class AroundKey(NamedTuple):
    """The key itself if a child has it, and the next one before it."""

    at: str | None
    before: str | None


async def lock_structure(db: Connection, structure: UUID, *, alone: bool) -> None:
    """Holds the structure until the end of the transaction: shared by creates, `alone` for what relabels others.

    A statement of its own, so that the next one sees what was committed while this one waited.
    """
    await (_EXCLUSIVE if alone else _SHARED).value(db, structure=str(structure))


async def lock_structure_of(db: Connection, ids: Sequence[UUID], *, alone: bool) -> dict[UUID, UUID]:
    """Holds the structure of the first node, as `lock_structure` does; answers the structure of each that there is."""
    rows = await _FIND_AND_LOCK[alone].all(db, ids, first=ids[0])
    return {row["id"]: row["structure_id"] for row in rows}


async def lines(db: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[list[UUID], bool]]:
    """Of each node, pruned or not, the ids from itself up to its root, and whether its structure is public."""
    return {row["id"]: (row["line"], row["is_public"]) for row in await _LINES.all(db, list(dict.fromkeys(ids)))}


async def lock_nodes(db: Connection, ids: Sequence[UUID], *, even_pruned: bool = False) -> dict[UUID, NodeRecord]:
    """The nodes that there are and that are not pruned, locked against other writers until the transaction ends."""
    return {node.id: node for node in nodes(await _LOCK.all(db, ids, even_pruned=even_pruned))}


async def hold(db: Connection, ids: Sequence[UUID]) -> dict[UUID, Held]:
    """The same with where they stand. Needs the structure's lock, under which no label and no parent changes."""
    found: dict[UUID, Held] = {}
    for row in await _HOLD.all(db, ids):
        *columns, anchor, gpath, bound, is_public, line = row
        node = NodeRecord(*columns)
        label = BranchLabel(node.structure_id, node.id, anchor, node.okey, gpath, bound, is_public)
        found[node.id] = Held(node, label, line)
    return found


async def above(db: Connection, structure: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """These nodes and all that stand above any of them, each once."""
    return [row["id"] for row in await _ABOVE.all(db, structure=structure, ids=list(ids))]


async def edge_siblings(db: Connection, structure: UUID, parent: UUID) -> tuple[str | None, str | None]:
    """The keys of the first and the last child."""
    row = await _EDGE_SIBLINGS.one(db, structure=structure, parent=parent)
    assert row is not None
    return row["first"], row["last"]


async def neighbours(
    db: Connection, structure: UUID, parent: UUID, sibling: UUID
) -> tuple[str, str | None, str | None] | None:
    """The key of a child of `parent`, of the one before it and of the one after it; None if it is no child of it."""
    row = await _NEIGHBOURS.one(db, structure=structure, parent=parent, sibling=sibling)
    return (row["pos"], row["before"], row["after"]) if row else None


async def around_key(db: Connection, structure: UUID, parent: UUID, key: str) -> AroundKey:
    """What a parent's children have at a key, and before it."""
    row = await _AROUND_KEY.one(db, structure=structure, parent=parent, key=key)
    assert row is not None
    return AroundKey(row["at"], row["before"])


async def siblings_near(
    db: Connection, parent: NodeRecord, low: str | None, high: str | None, most: int
) -> tuple[list[tuple[UUID, str]], list[tuple[UUID, str]]]:
    """At most `most` children up to the key `low`, and as many from the key `high` on, each side in its order."""
    values = {"structure": parent.structure_id, "parent": parent.id, "most": most}
    left = [] if low is None else await _SIBLINGS_UP_TO.all(db, key=low, **values)
    right = [] if high is None else await _SIBLINGS_FROM.all(db, key=high, **values)
    return [(row["id"], row["pos"]) for row in reversed(left)], [(row["id"], row["pos"]) for row in right]


async def slugs_taken(
    db: Connection, structure: UUID, wanted: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], UUID]:
    """Which of these (parent, slug) a child has already, and which child."""
    if len(wanted) == 1:
        [(parent, slug)] = wanted
        taken = await _SLUG_TAKEN.value(db, structure=structure, parent=parent, slug=slug)
        return {} if taken is None else {(parent, slug): taken}
    rows = await _SLUGS_TAKEN.all(
        db, structure=structure, parents=[p for p, _ in wanted], slugs=[slug for _, slug in wanted]
    )
    return {(row["parent"], row["slug"]): row["id"] for row in rows}


async def create(db: Connection, node: NodeRecord, anchor: int) -> NodeRecord:
    """Inserts a node into the fragment of that anchor, and counts it there."""
    row = await _CREATE.one(
        db, structure=node.structure_id, id=node.id, parent=node.parent_id, pos=node.pos, anchor=anchor,
        okey=node.okey, kind=node.kind, name=node.name, slug=node.slug, properties=node.properties,
        by=node.created_by,
    )  # fmt: skip
    assert row is not None
    return NodeRecord(*row)


async def insert_anchor(
    db: Connection, structure: UUID, anchor: int, node: UUID, gpath: str, *, n: int, deep: int, pinned: bool = False
) -> None:
    """The row of a new anchor."""
    await _INSERT_ANCHOR.run(
        db, structure=structure, anchor=anchor, node=node, pinned=pinned, n=n, deep=deep, gpath=gpath
    )


async def new_anchors(db: Connection, count: int) -> list[int]:
    """Ids of their own for `count` anchors."""
    return [row[0] for row in await _NEW_ANCHORS.all(db, count=count)]


async def is_crowded(db: Connection, structure: UUID, anchor: int, top: str) -> bool:
    """Whether the branch below the first segment `top` of a fragment holds more than 1.5 K nodes."""
    return bool(await _CROWDED.value(db, structure=structure, anchor=anchor, top=top))


async def settle(db: Connection, structure: UUID, anchor: int, near: str) -> list[UUID]:
    """Mends the bound of a fragment around `near`; answers the nodes that it relabelled. Needs the lock alone."""
    return await _SETTLE.value(db, structure=structure, anchor=anchor, near=near)


async def move(db: Connection, node: NodeRecord, parent: UUID, pos: str) -> list[UUID]:
    """Moves a branch; answers the nodes that it relabelled. Needs the lock alone."""
    return await _MOVE.value(db, structure=node.structure_id, id=node.id, parent=parent, pos=pos) or []


async def rekey(db: Connection, parent: NodeRecord, child: UUID, key: str) -> list[UUID]:
    """Another key for a child at its own place; answers the nodes that were relabelled. Needs the lock alone."""
    return await _MOVE.value(db, structure=parent.structure_id, id=child, parent=parent.id, pos=key) or []


async def update(db: Connection, node: NodeRecord, by: UUID) -> NodeRecord:
    """Writes a node's name, slug, kind and properties as its next version."""
    values: dict[str, Any] = {"name": node.name, "slug": node.slug, "kind": node.kind, "properties": node.properties}
    row = await _UPDATE.one(db, structure=node.structure_id, id=node.id, by=by, **values)
    assert row is not None
    return NodeRecord(*row)


async def touch(db: Connection, node: NodeRecord, by: UUID) -> NodeRecord:
    """The next version of a node whose place has changed."""
    row = await _TOUCH.one(db, structure=node.structure_id, id=node.id, by=by)
    assert row is not None
    return NodeRecord(*row)


async def touch_branch(db: Connection, node: NodeRecord, by: UUID) -> tuple[NodeRecord, int]:
    """The same, with the number of nodes below it."""
    row = await _MOVED.one(db, structure=node.structure_id, id=node.id, by=by)
    assert row is not None
    *columns, size = row
    return NodeRecord(*columns), size


async def rename(db: Connection, node: NodeRecord, name: str, slug: str) -> None:
    """Another name and slug, without a new version: part of an operation that makes one."""
    await _RENAME.run(db, structure=node.structure_id, id=node.id, name=name, slug=slug)


async def levels_bound(db: Connection, of: BranchLabel) -> int:
    """At least the most sibling keys that any full key in a branch has: fragments remember their deepest."""
    return await _LEVELS_BOUND.value(db, structure=of.structure_id, anchor=of.anchor_id, low=of.full_key)


async def levels_below(db: Connection, of: BranchLabel) -> int:
    """The same, looking at each node of its own fragment."""
    base = of.full_key.count("/") - of.okey.count("/")
    levels = await _FRAGMENT_LEVELS.value(db, structure=of.structure_id, anchor=of.anchor_id, okey=of.okey)
    return await _LEVELS.value(db, structure=of.structure_id, inside=base + int(levels), low=of.full_key)
