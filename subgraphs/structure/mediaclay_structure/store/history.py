"""The changelog as the structure subgraph reads it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.database import Connection, Statement

from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store.columns import columns, statement
from mediaclay_structure.store.guards import Guard, by_holders, happened_where

CHANGE = columns(Change, "c")

_CREATION = statement(f"""
    SELECT {CHANGE} FROM changelog c
    WHERE c.stream = CAST(:structure AS uuid) AND c.subject = CAST(:node AS uuid) AND c.type IN ('CREATED', 'CLONED')
    ORDER BY c.revision LIMIT 1
""")


def _after(holders: int | None) -> Statement:
    seen = "" if holders is None else f"AND {happened_where(holders)}"
    return statement(f"""
    SELECT {CHANGE} FROM unnest(CAST(:structures AS uuid[])) AS p (id)
    CROSS JOIN LATERAL (
        SELECT c.* FROM changelog c WHERE c.stream = p.id AND c.revision > CAST(:after AS bigint) {seen}
        ORDER BY c.revision LIMIT CAST(:most AS int)
    ) AS c
    """)


# A link is history of its target, too.
def _of_nodes(holders: int | None) -> Statement:
    seen = "" if holders is None else f"AND {happened_where(holders)}"
    return statement(f"""
    SELECT {CHANGE}, p.id AS origin
    FROM unnest(CAST(:structures AS uuid[]), CAST(:nodes AS uuid[])) AS p (structure_id, id)
    CROSS JOIN LATERAL (
        SELECT c.* FROM (
            (SELECT c.* FROM changelog c WHERE c.stream = p.structure_id AND c.subject = p.id
               AND c.revision < CAST(:before AS bigint) {seen} ORDER BY c.revision DESC LIMIT CAST(:most AS int))
            UNION ALL
            (SELECT c.* FROM changelog c
             WHERE c.stream = p.structure_id AND c.type IN ('LINKED', 'UNLINKED')
               AND c.details ->> 'target' = CAST(p.id AS text) AND c.subject <> p.id
               AND c.revision < CAST(:before AS bigint) {seen} ORDER BY c.revision DESC LIMIT CAST(:most AS int))
        ) AS c ORDER BY c.revision DESC LIMIT CAST(:most AS int)
    ) AS c ORDER BY c.revision DESC
    """)


_AFTER, _OF_NODES = _after(None), _of_nodes(None)
_GUARDED_AFTER, _GUARDED_OF_NODES = by_holders(_after), by_holders(_of_nodes)
_NEVER = 2**63 - 1


async def creation(db: Connection, structure: UUID, node: UUID) -> Change | None:
    """The change that made a node, unless it came with many others."""
    row = await _CREATION.one(db, structure=structure, node=node)
    return Change(*row) if row else None


async def after(
    db: Connection, structures: Sequence[UUID], revision: int, most: int, guard: Guard | None = None
) -> list[Change]:
    """At most `most` changes of each structure that follow `revision`, oldest first."""
    form, more = _GUARDED_AFTER(guard) or _AFTER, {} if guard is None else guard.values
    return [Change(*row) for row in await form.all(db, structures=list(structures), after=revision, most=most, **more)]


async def of_nodes(
    db: Connection, named: Sequence[NodeRecord], before: int | None, most: int, guard: Guard | None = None
) -> list[tuple[UUID, Change]]:
    """At most `most` changes that named each node, before a revision, newest first, each with that node's id."""
    rows = await (_GUARDED_OF_NODES(guard) or _OF_NODES).all(
        db, structures=[n.structure_id for n in named], nodes=[n.id for n in named],
        before=_NEVER if before is None else before, most=most, **({} if guard is None else guard.values),
    )  # fmt: skip
    return [(row["origin"], Change(*tuple(row)[:-1])) for row in rows]
