"""Pruned branches: where they were, and the end of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from mediaclay_structure.records import NodeRecord, PrunedRecord, Purged
from mediaclay_structure.store.columns import PRUNED, PRUNED_FROM, statement

_REMEMBER = statement("""
    INSERT INTO pruned (structure_id, node_id, parent_id, pos, slug, pruned_by)
    VALUES (:structure, :node, :parent, :pos, :slug, :by)
""")
_FIND = statement(f"""
    SELECT {PRUNED} FROM pruned p WHERE p.node_id = CAST(:node AS uuid) AND p.structure_id = CAST(:structure AS uuid)
    FOR UPDATE
""")
_FORGET = statement("""
    DELETE FROM pruned WHERE structure_id = CAST(:structure AS uuid) AND node_id = CAST(:node AS uuid)
""")
_AMONG = statement("""
    SELECT p.node_id, p.pos FROM pruned p
    WHERE p.structure_id = CAST(:structure AS uuid) AND p.parent_id = CAST(:parent AS uuid) AND p.purging IS NULL
      AND p.pos > CAST(:low AS text) AND p.pos < CAST(:high AS text) ORDER BY p.pos LIMIT CAST(:most AS int)
""")
_REKEY = statement("""
    UPDATE pruned p SET pos = g.pos FROM unnest(CAST(:nodes AS uuid[]), CAST(:keys AS text[])) AS g (id, pos)
    WHERE p.structure_id = CAST(:structure AS uuid) AND p.node_id = g.id
""")
# The trash of a structure where nobody pruned anything is not worth naming.
_FRAGMENTS = statement(f"""
    SELECT a.id FROM anchor a WHERE a.gpath >= '{PRUNED_FROM}' AND (a.n > 1 OR NOT a.pinned)
    UNION SELECT unnest(p.fragments) FROM pruned p WHERE p.purging IS NOT NULL
""")
_NEXT = statement(f"""
    SELECT {PRUNED} FROM pruned p
    WHERE p.purged_at IS NULL AND (p.purging IS NOT NULL OR p.pruned_at <= now() - make_interval(secs => :keep)
        OR EXISTS (SELECT FROM structure s WHERE s.id = p.structure_id AND s.deleted_at IS NOT NULL))
    ORDER BY p.purging, p.pruned_at LIMIT 1
""")
_BEGIN = statement(f"""
    UPDATE pruned SET purging = now(), nodes = :nodes, fragments = ARRAY(
        SELECT b.id FROM node t JOIN anchor a ON a.structure_id = t.structure_id AND a.id = t.anchor_id
        JOIN anchor b ON b.structure_id = t.structure_id AND b.gpath >= a.gpath || t.okey
                     AND b.gpath < branch_end(a.gpath || t.okey)
        WHERE t.structure_id = CAST(:structure AS uuid) AND t.id = CAST(:node AS uuid) AND a.gpath >= '{PRUNED_FROM}'
    )
    WHERE structure_id = CAST(:structure AS uuid) AND node_id = CAST(:node AS uuid) RETURNING fragments
""")
_PURGE = statement("SELECT purge_some(CAST(:structure AS uuid), CAST(:node AS uuid), CAST(:most AS int))")
_DONE = statement("""
    UPDATE pruned SET purged_at = now() WHERE structure_id = CAST(:structure AS uuid) AND node_id = CAST(:node AS uuid)
    RETURNING nodes, fragments
""")
_SWEEP = statement("DELETE FROM pruned WHERE purged_at < now() - make_interval(secs => :keep)")


async def remember(db: Connection, before: NodeRecord, by: UUID) -> None:
    """Where a branch was that is being pruned."""
    await _REMEMBER.run(
        db, structure=before.structure_id, node=before.id, parent=before.parent_id, pos=before.pos, slug=before.slug,
        by=by,
    )  # fmt: skip


async def find(db: Connection, structure: UUID, node: UUID) -> PrunedRecord | None:
    """The pruned branch whose top that is, locked until the transaction ends."""
    row = await _FIND.one(db, structure=structure, node=node)
    return PrunedRecord(*row) if row else None


async def forget(db: Connection, structure: UUID, node: UUID) -> None:
    """It is pruned no more."""
    await _FORGET.run(db, structure=structure, node=node)


async def among(
    db: Connection, structure: UUID, parent: UUID, bounds: tuple[str, str], most: int
) -> list[tuple[UUID, str]]:
    """Pruned children of a parent whose keys lie between two, in their order."""
    low, high = bounds
    return [
        tuple(row) for row in await _AMONG.all(db, structure=structure, parent=parent, low=low, high=high, most=most)
    ]


async def rekey(db: Connection, structure: UUID, keys: Sequence[tuple[UUID, str]]) -> None:
    """Other keys for the places of pruned branches, since their siblings have got others."""
    await _REKEY.run(db, structure=structure, nodes=[node for node, _ in keys], keys=[key for _, key in keys])


async def fragments(db: Connection) -> list[int]:
    """The anchors of all fragments that hold nothing but what is pruned, or held it until lately."""
    return [row[0] for row in await _FRAGMENTS.all(db)]


async def next_to_purge(db: Connection, keep: float) -> PrunedRecord | None:
    """A branch that was pruned more than `keep` seconds ago, or whose purge has begun. Not locked."""
    row = await _NEXT.one(db, keep=keep)
    return PrunedRecord(*row) if row else None


async def begin_purge(db: Connection, branch: PrunedRecord, nodes: int) -> None:
    """From now on it can't be restored."""
    await _BEGIN.run(db, structure=branch.structure_id, node=branch.node_id, nodes=nodes)


async def purge_some(db: Connection, branch: PrunedRecord, most: int) -> list[UUID]:
    """Deletes about `most` of its nodes for good, from its end; answers which. Needs the lock alone."""
    return await _PURGE.value(db, structure=branch.structure_id, node=branch.node_id, most=most)


async def finish_purge(db: Connection, branch: PrunedRecord) -> Purged:
    """Nothing is left of it but its name, which stays until indexes have heard."""
    row = await _DONE.one(db, structure=branch.structure_id, node=branch.node_id)
    assert row is not None
    return Purged(*row)


async def sweep(db: Connection, keep: float) -> None:
    """Forgets the branches whose purge was finished more than `keep` seconds ago."""
    await _SWEEP.run(db, keep=keep)
