"""Create a node."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import Conflict
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.limits import check_depth, check_key, check_kind, check_name, check_properties
from mediaclay_structure.operations.commands import CreateNode
from mediaclay_structure.operations.places import free_slug, key_at, lock
from mediaclay_structure.records import BranchLabel, NodeRecord
from mediaclay_structure.store import history, nodes, writing

LOOKS = 64
"""A create looks with the probability of this over the bound whether its fragment is crowded, so the fragment grows
by a small part of its bound before somebody notices."""


class CrowdedFragment(Exception):
    """The parent's fragment must be split first, under the lock alone, so the transaction has to begin anew."""


async def create_node(work: UnitOfWork, command: CreateNode, *, settling: bool = False) -> NodeRecord:
    """A new node. A repeat with the same id and content is answered with the node, and changes nothing.

    Raises `NotFound` for the parent, `Conflict` for an id or a slug in use, `LimitExceeded`, `BadUserInput`, and
    `CrowdedFragment` unless `settling`.
    """
    by = work.principal.require(Scope.WRITE)
    digest = _digest(command)
    if command.id is not None and (known := await _repeated(work, command.id, digest)):
        return known
    [parent] = await lock(work, command.parent, alone=settling)
    label = (await nodes.labels(work.connection, [parent.id]))[parent.id]
    relabelled: list[UUID] = []
    if settling:
        relabelled = await writing.settle(work.connection, parent.structure_id, label.anchor_id, label.okey)
        label = (await nodes.labels(work.connection, [parent.id]))[parent.id]
    elif await _is_crowded(work, label):
        raise CrowdedFragment
    check_depth(label.full_key.count("/"))
    node = await _new(work, command, parent, label, by)
    created = await writing.create(work.connection, node)
    work.record(events.node_created(created, digest, relabelled))
    return created


async def _new(work: UnitOfWork, command: CreateNode, parent: NodeRecord, label: BranchLabel, by: UUID) -> NodeRecord:
    name = check_name(command.name)
    pos = await key_at(work, parent, command.place)
    okey = f"{label.okey}{pos}/"
    check_key(len(label.gpath) + len(okey))
    now = datetime.now(UTC)
    return NodeRecord(
        parent.structure_id, command.id or new_id(), parent.id, pos, label.anchor_id, okey, check_kind(command.kind),
        name, await free_slug(work, parent, name, command.slug),
        check_properties({} if command.properties is None else command.properties), 1, now, now, by, by,
    )  # fmt: skip


async def _is_crowded(work: UnitOfWork, label: BranchLabel) -> bool:
    """Looks now and then. Directly below an anchor nothing can be crowded: each child there starts a run of its own."""
    if label.okey == "" or random.random() > LOOKS / label.bound:  # noqa: S311
        return False
    top = label.okey.split("/", 1)[0] + "/"
    return await writing.is_crowded(work.connection, label.structure_id, label.anchor_id, top)


def _digest(command: CreateNode) -> str:
    said: list[Any] = [str(command.parent), command.kind, command.name, command.slug, command.properties or {}]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _repeated(work: UnitOfWork, chosen: UUID, digest: str) -> NodeRecord | None:
    known = next(iter(await nodes.by_id(work.connection, [chosen])), None)
    if known is None:
        return None
    first = await history.creation(work.connection, known.structure_id, chosen)
    if first is None or first.details.get("digest") != digest:
        raise Conflict(f"The id {chosen} is in use.")
    work.changes.append(first)
    return known
