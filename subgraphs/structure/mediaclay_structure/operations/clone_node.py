"""Clone a node with its branch."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Conflict, NotFound
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure import events
from mediaclay_structure.limits import check_name
from mediaclay_structure.operations.commands import CloneNode
from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.operations.move_node import check_depth_below
from mediaclay_structure.operations.places import free_slug, hold, key_at, slug_near
from mediaclay_structure.operations.repeats import digest_of, repeated
from mediaclay_structure.records import Cloned, NodeRecord
from mediaclay_structure.store import cloning, kinds, nodes, statistics, writing


async def clone_node(work: UnitOfWork, command: CloneNode) -> NodeRecord | None:
    """The root of a copy of a branch, as the branch was when this began.

    The copy is made where nobody sees it, while others go on writing, and then moved to its place. So a branch can
    be cloned into itself. A repeat with the same `new_id` and content is answered with the first result (None where
    that is pruned by now). Raises `NotFound`, `Conflict`, `BadUserInput`, `LimitExceeded`.
    """
    by = work.principal.require(Scope.WRITE)
    digest = digest_of(*(str(said) for said in (command.id, command.parent, command.name)))
    if command.new_id is not None and (first := await repeated(work, command.new_id, digest)):
        return first.node
    source = await _source(work, command)
    copy, cloned = await _copy(work, source, command.new_id or new_id(), by)
    after, line, relabelled = await _attach(work, copy, command, source)
    await statistics.renew(work.connection)
    left = await cloning.still_there(work.connection, source.structure_id, cloned.fragments)
    work.record(events.branch_cloned(source.id, after, line, Cloned(cloned.nodes, left), digest, relabelled))
    return after


async def _source(work: UnitOfWork, command: CloneNode) -> NodeRecord:
    """What is to be copied. Refuses early what would be refused after the long work, too."""
    found = {node.id: node for node in await nodes.by_id(work.connection, [command.id, command.parent])}
    lines = await writing.lines(work.connection, list(found)) if found else {}
    for role in (Role.READ, Role.WRITE):
        for own, needed in ((command.id, Role.READ), (command.parent, role)):
            missing = f"There is no node {own}."
            if own not in found:
                raise NotFound(missing)
            line, is_public = lines[own]
            work.rights.require(needed, line, missing, is_public=is_public)
    if found[command.id].structure_id != found[command.parent].structure_id:
        raise BadUserInput("The nodes belong to different structures.")
    return found[command.id]


async def _copy(work: UnitOfWork, source: NodeRecord, chosen: UUID, by: UUID) -> tuple[NodeRecord, Cloned]:
    structure = source.structure_id
    newest = await kinds.newest(work.connection, structure)
    cloned = await cloning.clone(work.connection, structure, source.id, chosen, by)
    if cloned is None:
        raise NotFound(f"There is no node {source.id}.")
    await writing.lock_structure(work.connection, structure, alone=True)
    if await kinds.newest(work.connection, structure) != newest:
        raise Conflict("A kind was set while the branch was copied; try again.")
    [copy] = await nodes.by_id(work.connection, [chosen])
    return copy, cloned


async def _attach(
    work: UnitOfWork, copy: NodeRecord, command: CloneNode, source: NodeRecord
) -> tuple[NodeRecord, list[UUID], list[UUID]]:
    """Moves the copy from its hidden place to where it was asked for: the copy, its line, and what was relabelled."""
    _, (parent, _, line) = await hold(work, copy.id, command.parent, alone=True, roles=(None, Role.WRITE))
    (await Kinds.of(work.connection, copy.structure_id, [parent.kind])).check_child(parent.kind, copy.kind)
    spot = await key_at(work, parent, command.place, alone=True)
    labels = await nodes.labels(work.connection, [copy.id, parent.id])
    await check_depth_below(work, labels[copy.id], labels[parent.id])
    name = copy.name if command.name is None else check_name(command.name)
    slug = await (slug_near(work, parent, source.slug) if command.name is None else free_slug(work, parent, name, None))
    relabelled = await writing.move(work.connection, copy, parent.id, spot.pos)
    await writing.rename(work.connection, copy, name, slug)
    settled = await writing.settle(work.connection, copy.structure_id, labels[copy.id].anchor_id, "")
    [after] = await nodes.by_id(work.connection, [copy.id])
    return after, [after.id, *line], [*spot.relabelled, *relabelled, *settled]
