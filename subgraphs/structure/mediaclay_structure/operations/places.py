"""What several operations ask of the tree: who is locked, which key a place has, which slug is free."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Conflict, NotFound
from mediaclay_kernel.rights import Role

from mediaclay_structure.formats.slug import numbered, slugify
from mediaclay_structure.limits import check_slug
from mediaclay_structure.operations.rebalance import rebalance
from mediaclay_structure.records import Held, NodeRecord, StructureRecord
from mediaclay_structure.store import writing
from mediaclay_structure.tree import positions
from mediaclay_structure.tree.order import LAST, Place, Position

KEY_CHARACTERS = 40
"""Before a sibling key becomes longer than this, its siblings get short ones: its gap was halved some 200 times."""


class AloneNeeded(Exception):
    """Other nodes must be relabelled first, under the structure's lock alone, so the transaction has to begin anew."""


class Spot(NamedTuple):
    """A sibling key, and the nodes that were relabelled to make room for it."""

    pos: str
    relabelled: list[UUID]


async def hold(
    work: UnitOfWork, node: UUID, *others: UUID, alone: bool, roles: Sequence[Role | None] | None = None
) -> list[Held]:
    """The nodes, locked, their structure before them, and where they stand.

    The caller must have one of `roles` on each, unless that is None; without `roles` WRITE on all. Raises `NotFound` for
    one that is not there or that the caller may not read, and then `Forbidden`.
    """
    ids = [node, *others]
    structures = await writing.lock_structure_of(work.connection, ids, alone=alone)
    if missing := next((i for i in ids if i not in structures), None):
        raise NotFound(f"There is no node {missing}.")
    found = await writing.hold(work.connection, ids)
    if missing := next((i for i in ids if i not in found), None):
        raise NotFound(f"There is no node {missing}.")
    held = [found[i] for i in ids]
    wanted = roles or [Role.WRITE] * len(ids)
    for role in (Role.READ, None):  # what is not there for the caller is told before what it may not do
        for own, needed in zip(held, wanted, strict=True):
            if needed is not None:
                require(work, own, role or needed)
    if len(set(structures.values())) > 1:
        raise BadUserInput("The nodes belong to different structures.")
    return held


def require(work: UnitOfWork, held: Held, role: Role) -> None:
    """Raises `NotFound` where the caller may not read a node, `Forbidden` where it has less than the role."""
    missing = f"There is no node {held.node.id}."
    work.rights.require(role, held.line, missing, is_public=held.label.is_public)


def require_of_structure(work: UnitOfWork, structure: StructureRecord, role: Role) -> None:
    """The same of a whole structure, by its root."""
    missing = f"There is no structure {structure.id}."
    work.rights.require(role, [structure.root_id], missing, is_public=structure.is_public)


async def key_at(work: UnitOfWork, parent: NodeRecord, place: Place, *, alone: bool) -> Spot:
    """The sibling key of a place below `parent`, whose lock is held. Raises `BadUserInput`, `AloneNeeded`."""
    if place.at in {Position.FIRST, Position.LAST}:
        if place.sibling is not None:
            raise BadUserInput(f"{place.at.value} takes no sibling.")
        first, last = await writing.edge_siblings(work.connection, parent.structure_id, parent.id)
        return Spot(positions.before(first) if place.at is Position.FIRST else positions.after(last), [])
    if place.sibling is None:
        raise BadUserInput(f"{place.at.value} needs a sibling.")
    around = await writing.neighbours(work.connection, parent.structure_id, parent.id, place.sibling)
    if around is None:
        raise BadUserInput("The sibling is no child of that parent.")
    pos, before, after = around
    low, high = (before, pos) if place.at is Position.BEFORE else (pos, after)
    return await _between(work, parent, low, high, alone=alone)


async def key_near(work: UnitOfWork, parent: NodeRecord, wanted: str | None) -> Spot:
    """The very key, or one right before the sibling that has it; without a wish the last place. Needs the lock alone."""
    if wanted is None:
        return await key_at(work, parent, LAST, alone=True)
    around = await writing.around_key(work.connection, parent.structure_id, parent.id, wanted)
    if around.at is None:
        return Spot(wanted, [])
    return await _between(work, parent, around.before, around.at, alone=True)


async def _between(work: UnitOfWork, parent: NodeRecord, low: str | None, high: str | None, *, alone: bool) -> Spot:
    key = positions.between(low, high)
    if len(key) <= KEY_CHARACTERS:
        return Spot(key, [])
    if not alone:
        raise AloneNeeded
    renewed = await rebalance(work, parent, low, high)
    return Spot(positions.between(renewed.key(low), renewed.key(high)), renewed.relabelled)


async def free_slug(work: UnitOfWork, parent: NodeRecord, name: str, wanted: str | None) -> str:
    """The slug that was asked for, or one made of the name. Raises `Conflict` where a sibling has the former."""
    if wanted is not None:
        slug = check_slug(wanted)
        if await writing.slugs_taken(work.connection, parent.structure_id, [(parent.id, slug)]):
            raise Conflict(f"A sibling has the slug {slug!r} already.")
        return slug
    return await _numbered(work, parent, slugify(name))


async def slug_near(work: UnitOfWork, parent: NodeRecord, wanted: str) -> str:
    """The very slug, or a numbered one where a sibling has it."""
    return await _numbered(work, parent, wanted)


async def _numbered(work: UnitOfWork, parent: NodeRecord, base: str) -> str:
    step, number = 1, 1
    while True:  # doubling, so that a folder with ten thousand of one name asks a dozen times
        tried = [base if n == 1 else numbered(base, n) for n in range(number, number + step)]
        taken = await writing.slugs_taken(work.connection, parent.structure_id, [(parent.id, s) for s in tried])
        free = [slug for slug in tried if (parent.id, slug) not in taken]
        if free:
            return free[0]
        number += step
        step *= 2
