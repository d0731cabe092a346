"""Create a structure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import Conflict
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.limits import check_name, check_slug
from mediaclay_structure.operations.commands import CreateStructure
from mediaclay_structure.records import NodeRecord, StructureRecord
from mediaclay_structure.store import structures, writing
from mediaclay_structure.tree.positions import FIRST

ROOT_KIND = "root"
BOUND = 1024


async def create_structure(
    work: UnitOfWork, command: CreateStructure, give: Callable[[UUID], Awaitable[None]] | None
) -> UUID:
    """A new tree with nothing but its root, a pinned anchor. Answers its id. Raises `Conflict` for a slug in use.

    `give` grants the root to its creator; without it none but administrators can do anything with it. Whatever it
    raises undoes all of this; if this is undone after it, the grant names a node that never was.
    """
    by = work.principal.require(Scope.WRITE)
    now = datetime.now(UTC)
    name = check_name(command.name)
    made = StructureRecord(
        new_id(), check_slug(command.slug), name, new_id(), BOUND, now, by, new_id(), False, 0
    )  # fmt: skip
    try:
        await structures.insert_structure(work.connection, made)
    except asyncpg.UniqueViolationError:
        raise Conflict(f"There is a structure {made.slug!r} already.") from None
    [anchor] = await writing.new_anchors(work.connection, 1)
    root = NodeRecord(made.id, made.root_id, None, FIRST, "", ROOT_KIND, name, made.slug, {}, 1, now, now, by, by)
    await writing.insert_anchor(work.connection, made.id, anchor, root.id, f"{FIRST}/", n=0, deep=0, pinned=True)
    await structures.make_trash(work.connection, made)
    work.record(events.structure_created(await writing.create(work.connection, root, anchor)))
    if give is not None:
        await give(root.id)
    return made.id
