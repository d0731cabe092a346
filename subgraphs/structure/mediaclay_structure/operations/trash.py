"""Into the trash of a structure, and out of it."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork

from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store import pruning, structures, writing
from mediaclay_structure.tree import positions


async def throw(work: UnitOfWork, node: NodeRecord, by: UUID) -> list[UUID]:
    """Moves a branch below the trash, and remembers where it was. Answers the nodes that were relabelled."""
    [structure] = await structures.by_id(work.connection, [node.structure_id])
    _, last = await writing.edge_siblings(work.connection, node.structure_id, structure.trash_id)
    was = node if node.parent_id is not None else node._replace(parent_id=structure.trash_id)
    await pruning.remember(work.connection, was, by)
    # Its slug belongs to its siblings; in the trash there may be many of one name.
    await writing.rename(work.connection, node, node.name, str(node.id))
    relabelled = await writing.move(work.connection, node, structure.trash_id, positions.after(last))
    await writing.touch(work.connection, node, by)
    return relabelled
