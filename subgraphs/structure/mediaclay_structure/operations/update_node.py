"""Update a node."""

from __future__ import annotations

from typing import Any

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput, Conflict
from mediaclay_kernel.principal import Scope

from mediaclay_structure import events
from mediaclay_structure.limits import check_kind, check_name, check_properties, check_slug
from mediaclay_structure.operations.commands import UpdateNode
from mediaclay_structure.operations.kinds import Kinds
from mediaclay_structure.operations.places import hold
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store import nodes, writing
from mediaclay_structure.tree.merge import difference, merge


async def update_node(work: UnitOfWork, command: UpdateNode) -> NodeRecord:
    """The node with some of its own fields changed. Raises `NotFound`, `Conflict`, `BadUserInput`, `LimitExceeded`."""
    by = work.principal.require(Scope.WRITE)
    # Whether a kind may be there depends on the parent's and the children's, which must not change meanwhile.
    [(before, _, line)] = await hold(work, command.id, alone=command.kind is not None)
    expect(before, command.expected_version)
    wanted = _changed(before, command)
    await _check_slug_free(work, before, wanted)
    await _check_kind(work, before, wanted)
    after = await writing.update(work.connection, wanted, by)
    work.record(events.node_updated(after, line, _difference(after, before), _difference(before, after)))
    return after


def expect(node: NodeRecord, version: int | None) -> None:
    """Raises `Conflict` where the caller has seen another version."""
    if version is not None and node.version != version:
        raise Conflict(
            f"The node is at version {node.version}, not {version}: read it again.", currentVersion=node.version
        )


def _changed(node: NodeRecord, command: UpdateNode) -> NodeRecord:
    if command.name is None and command.slug is None and command.kind is None and command.properties is None:
        raise BadUserInput("Nothing is to be changed: give a name, slug, kind or properties.")
    patch = command.properties
    if patch is not None and not isinstance(patch, dict):
        raise BadUserInput("The properties must be a JSON object (a merge patch).")
    return node._replace(
        name=node.name if command.name is None else check_name(command.name),
        slug=node.slug if command.slug is None else check_slug(command.slug),
        kind=node.kind if command.kind is None else check_kind(command.kind),
        properties=node.properties if patch is None else check_properties(merge(node.properties, patch)),
    )


async def _check_slug_free(work: UnitOfWork, before: NodeRecord, wanted: NodeRecord) -> None:
    if wanted.slug == before.slug:
        return
    if before.parent_id is None:
        raise BadUserInput("The slug of a root is that of its structure.")
    # Two that take the same slug at once are told apart by the index; the edge turns that into the same Conflict.
    if await writing.slugs_taken(work.connection, before.structure_id, [(before.parent_id, wanted.slug)]):
        raise Conflict(f"A sibling has the slug {wanted.slug!r} already.")


async def _check_kind(work: UnitOfWork, before: NodeRecord, wanted: NodeRecord) -> None:
    if wanted.kind != before.kind:
        above = [] if before.parent_id is None else await nodes.by_id(work.connection, [before.parent_id])
        named = [wanted.kind, *(parent.kind for parent in above)]
        kinds = await Kinds.of(work.connection, wanted.structure_id, named)
        for parent in above:
            kinds.check_child(parent.kind, wanted.kind)
        await kinds.check_children(work.connection, wanted)
        kinds.check(wanted.kind, wanted.properties)
    elif wanted.properties is not before.properties:
        kinds = await Kinds.of(work.connection, wanted.structure_id, [wanted.kind])
        kinds.check(wanted.kind, wanted.properties)


def _difference(before: NodeRecord, after: NodeRecord) -> dict[str, Any]:
    changed: dict[str, Any] = {
        name: getattr(after, name) for name in ("name", "slug", "kind") if getattr(before, name) != getattr(after, name)
    }
    if patch := difference(before.properties, after.properties):
        if merge(before.properties, patch) == after.properties:
            changed["properties"] = patch
        else:  # a merge patch can't set a member to null
            changed["allProperties"] = after.properties
    return changed
