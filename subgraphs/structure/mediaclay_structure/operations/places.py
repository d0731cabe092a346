"""What several operations ask of the tree: who is locked, which key a place has, which slug is free."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Conflict, NotFound

from mediaclay_structure.formats.slug import numbered, slugify
from mediaclay_structure.limits import check_slug
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store import writing
from mediaclay_structure.tree import positions
from mediaclay_structure.tree.order import Place, Position

KEY_CHARACTERS = 200
"""A sibling key longer than this is refused; the gap it lies in was halved about a thousand times."""


async def lock(work: UnitOfWork, node: UUID, *others: UUID, alone: bool) -> list[NodeRecord]:
    """The nodes, locked, their structure before them. Raises `NotFound` for one that is not there."""
    ids = [node, *others]
    structures = await writing.structures_of(work.connection, ids)
    if missing := next((i for i in ids if i not in structures), None):
        raise NotFound(f"There is no node {missing}.")
    if len(set(structures.values())) > 1:
        raise BadUserInput("The nodes belong to different structures.")
    await writing.lock_structure(work.connection, structures[node], alone=alone)
    found = await writing.lock_nodes(work.connection, ids)
    if missing := next((i for i in ids if i not in found), None):
        raise NotFound(f"There is no node {missing}.")
    return [found[i] for i in ids]


async def key_at(work: UnitOfWork, parent: NodeRecord, place: Place) -> str:
    """The sibling key of a place below `parent`, whose lock is held. Raises `BadUserInput`, `Conflict`."""
    if place.at in {Position.FIRST, Position.LAST}:
        if place.sibling is not None:
            raise BadUserInput(f"{place.at.value} takes no sibling.")
        first, last = await writing.edge_siblings(work.connection, parent.structure_id, parent.id)
        return positions.before(first) if place.at is Position.FIRST else positions.after(last)
    if place.sibling is None:
        raise BadUserInput(f"{place.at.value} needs a sibling.")
    around = await writing.neighbours(work.connection, parent.structure_id, parent.id, place.sibling)
    if around is None:
        raise BadUserInput("The sibling is no child of that parent.")
    pos, before, after = around
    low, high = (before, pos) if place.at is Position.BEFORE else (pos, after)
    key = positions.between(low, high)
    if len(key) > KEY_CHARACTERS:
        raise Conflict("There is no room left between these two; move one of them to the end first.")
    return key


async def free_slug(work: UnitOfWork, parent: NodeRecord, name: str, wanted: str | None) -> str:
    """The slug that was asked for, or one made of the name. Raises `Conflict` where a sibling has the former."""
    if wanted is not None:
        slug = check_slug(wanted)
        if await writing.slugs_taken(work.connection, parent.structure_id, [(parent.id, slug)]):
            raise Conflict(f"A sibling has the slug {slug!r} already.")
        return slug
    base = slugify(name)
    step, number = 1, 1
    while True:  # doubling, so that a folder with ten thousand of one name asks a dozen times
        tried = [base if n == 1 else numbered(base, n) for n in range(number, number + step)]
        taken = await writing.slugs_taken(work.connection, parent.structure_id, [(parent.id, s) for s in tried])
        free = [slug for slug in tried if (parent.id, slug) not in taken]
        if free:
            return free[0]
        number += step
        step *= 2
