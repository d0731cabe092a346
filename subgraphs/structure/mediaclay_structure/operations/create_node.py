"""Create a node."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.limits import check_depth, check_key, check_kind, check_name, check_properties
from mediaclay_structure.operations.commands import CreateNode
from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.operations.places import AloneNeeded, free_slug, hold, key_at
from mediaclay_structure.operations.repeats import digest_of, repeated
from mediaclay_structure.records import BranchLabel, NodeRecord
from mediaclay_structure.store import nodes, writing

LOOKS = 64
"""A create looks with the probability of this over the bound whether its fragment is crowded, so the fragment grows
by a small part of its bound before somebody notices."""


async def create_node(work: UnitOfWork, command: CreateNode, *, alone: bool = False) -> NodeRecord | None:
    """A new node. A repeat with the same id and content is answered with the node, and changes nothing.

    None where the repeated one is pruned by now. Raises `NotFound` for the parent, `Conflict` for an id or a slug in
    use, `LimitExceeded`, `BadUserInput`, and `AloneNeeded` unless it holds the structure `alone`.
    """
    work.principal.require(Scope.WRITE)
    digest = _digest(command)
    if command.id is not None and (first := await repeated(work, command.id, digest)):
        return first.node
    [(parent, label, line)] = await hold(work, command.parent, alone=alone)
    spot = await key_at(work, parent, command.place, alone=alone)
    relabelled = [*spot.relabelled]
    if relabelled:
        label = (await nodes.labels(work.connection, [parent.id]))[parent.id]
    if await _is_crowded(work, label, surely=alone):
        if not alone:
            raise AloneNeeded
        relabelled += await writing.settle(work.connection, parent.structure_id, label.anchor_id, label.okey)
        label = (await nodes.labels(work.connection, [parent.id]))[parent.id]
    check_depth(label.full_key.count("/"))
    new = await _new(work, command, parent, label, spot.pos)
    created = await writing.create(work.connection, new, label.anchor_id)
    work.record(events.node_created(created, [created.id, *line], digest, relabelled))
    return created


async def _new(work: UnitOfWork, command: CreateNode, parent: NodeRecord, label: BranchLabel, pos: str) -> NodeRecord:
    by = work.principal.require(Scope.WRITE)
    name = check_name(command.name)
    okey = f"{label.okey}{pos}/"
    check_key(len(label.gpath) + len(okey))
    kind = check_kind(command.kind)
    properties = check_properties({} if command.properties is None else command.properties)
    kinds = await Kinds.of(work.connection, parent.structure_id, (parent.kind, kind))
    kinds.check_child(parent.kind, kind)
    kinds.check(kind, properties)
    now = datetime.now(UTC)
    return NodeRecord(
        parent.structure_id, command.id or new_id(), parent.id, pos, okey, kind, name,
        await free_slug(work, parent, name, command.slug), properties, 1, now, now, by, by,
    )  # fmt: skip


async def _is_crowded(work: UnitOfWork, label: BranchLabel, *, surely: bool) -> bool:
    """Looks now and then. Directly below an anchor nothing can be crowded: each child there starts a run of its own."""
    if label.okey == "" or (not surely and random.random() > LOOKS / label.bound):  # noqa: S311
        return False
    top = label.okey.split("/", 1)[0] + "/"
    return await writing.is_crowded(work.connection, label.structure_id, label.anchor_id, top)


def _digest(command: CreateNode) -> str:
    return digest_of(str(command.parent), command.kind, command.name, command.slug, command.properties or {})
