"""The mutations of the structure subgraph: parse, run one operation in one transaction, wrap."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

import strawberry
from mediaclay_kernel.access import Holder
from mediaclay_kernel.changelog import Change as ChangeRecord
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.rights import Role

from mediaclay_structure.limits import OPERATIONS
from mediaclay_structure.loaders import structures
from mediaclay_structure.operations import commands
from mediaclay_structure.operations.apply import apply
from mediaclay_structure.operations.clone_node import clone_node
from mediaclay_structure.operations.create_node import create_node
from mediaclay_structure.operations.create_structure import create_structure
from mediaclay_structure.operations.delete_structure import delete_structure
from mediaclay_structure.operations.link_nodes import link_nodes
from mediaclay_structure.operations.move_node import move_node
from mediaclay_structure.operations.prune_node import prune_node
from mediaclay_structure.operations.restore_node import restore_node
from mediaclay_structure.operations.set_kind import set_kind
from mediaclay_structure.operations.set_public import set_public
from mediaclay_structure.operations.unlink_nodes import unlink_nodes
from mediaclay_structure.operations.update_node import update_node
from mediaclay_structure.records import NodeRecord
from mediaclay_structure.state import Request
from mediaclay_structure.transactions import run
from mediaclay_structure.types.inputs import (
    CloneNode,
    CreateNode,
    LinkNodes,
    MoveNode,
    PruneNode,
    RestoreNode,
    SetKind,
    UnlinkNodes,
    UpdateNode,
    given,
)
from mediaclay_structure.types.node import Kind, Structure
from mediaclay_structure.types.operation import Operation, numbered
from mediaclay_structure.types.payloads import (
    ApplyPayload,
    ApplyPayloadRecord,
    LinkPayload,
    LinkPayloadRecord,
    NodePayload,
    NodePayloadRecord,
)

R = TypeVar("R")
WRITES = [[Scope.WRITE]]
"""What the router asks of a token before it asks us, who ask for it again."""


@strawberry.type
class Mutation:
    """Changing."""

    @strawberry.federation.mutation(requires_scopes=WRITES, description="A new tree with nothing but its root.")
    async def create_structure(self, info: strawberry.Info, slug: str, name: str) -> Structure:
        """A new tree with nothing but its root."""
        at = _request(info)
        command = commands.CreateStructure(slug, name)
        made, _ = await _run(at, lambda work, _: create_structure(work, command, partial(_give, at)))
        return cast("Structure", (await structures.by_id(at, [made]))[0])

    @strawberry.federation.mutation(requires_scopes=WRITES, description="A new node.")
    async def create_node(self, info: strawberry.Info, input: CreateNode) -> NodePayload:
        """A new node."""
        command = input.command()
        return await _node(info, lambda work, alone: create_node(work, command, alone=alone))

    @strawberry.federation.mutation(requires_scopes=WRITES, description="Changes a node's own fields.")
    async def update_node(self, info: strawberry.Info, input: UpdateNode) -> NodePayload:
        """Changes a node's own fields."""
        command = input.command()
        return await _node(info, lambda work, _: update_node(work, command))

    @strawberry.federation.mutation(
        requires_scopes=WRITES, description="Moves a node with its whole branch, whatever its size."
    )
    async def move_node(self, info: strawberry.Info, input: MoveNode) -> NodePayload:
        """Moves a node with its whole branch."""
        command = input.command()
        return await _node(info, lambda work, _: move_node(work, command))

    @strawberry.federation.mutation(
        requires_scopes=WRITES,
        description="Copies a node with its whole branch, whatever its size, and the links in it.",
    )
    async def clone_node(self, info: strawberry.Info, input: CloneNode) -> NodePayload:
        """Copies a node with its whole branch."""
        command = input.command()
        return await _node(info, lambda work, _: clone_node(work, command))

    @strawberry.federation.mutation(
        requires_scopes=WRITES,
        description="Takes a node with its whole branch away, whatever its size. restoreNode brings it back until it "
        "is deleted for good.",
    )
    async def prune_node(self, info: strawberry.Info, input: PruneNode) -> NodePayload:
        """Takes a node with its whole branch away."""
        command = input.command()
        return await _node(info, lambda work, _: prune_node(work, command))

    @strawberry.federation.mutation(requires_scopes=WRITES, description="Brings a pruned branch back as it was.")
    async def restore_node(self, info: strawberry.Info, input: RestoreNode) -> NodePayload:
        """Brings a pruned branch back as it was."""
        command = input.command()
        return await _node(info, lambda work, _: restore_node(work, command))

    @strawberry.federation.mutation(
        requires_scopes=WRITES,
        description=f"All of them in one transaction, in order, or none; at most {OPERATIONS:,}.",
    )
    async def apply(
        self,
        info: strawberry.Info,
        structure: strawberry.ID,
        operations: list[Operation],
        expected_revision: int | None = strawberry.UNSET,
    ) -> ApplyPayload:
        """All of them in one transaction, in order, or none."""
        at = _request(info)
        command = commands.Apply(parse_id(structure), numbered(operations), given(expected_revision))
        _, changes = await _run(at, lambda work, _: apply(work, command))
        return cast("ApplyPayload", ApplyPayloadRecord(changes[-1].revision, changes))

    @strawberry.federation.mutation(
        requires_scopes=WRITES, description="A structure with all its nodes is gone at once, and there is no way back."
    )
    async def delete_structure(self, info: strawberry.Info, id: strawberry.ID) -> bool:
        """A structure with all its nodes is gone."""
        at, structure = _request(info), parse_id(id)
        await _run(at, lambda work, _: delete_structure(work, structure))
        return True

    @strawberry.federation.mutation(
        requires_scopes=WRITES,
        description="Links a node to another one of its structure, or to itself. There is one link of a kind from a "
        "source to a target: a repeat with the same properties is answered with the first result.",
    )
    async def link_nodes(self, info: strawberry.Info, input: LinkNodes) -> LinkPayload:
        """Links a node to another one."""
        at, command = _request(info), input.command()
        link, changes = await _run(at, lambda work, _: link_nodes(work, command))
        return cast("LinkPayload", LinkPayloadRecord(link, changes[0]))

    @strawberry.federation.mutation(requires_scopes=WRITES, description="Removes a link.")
    async def unlink_nodes(self, info: strawberry.Info, input: UnlinkNodes) -> LinkPayload:
        """Removes a link."""
        at, command = _request(info), input.command()
        _, changes = await _run(at, lambda work, _: unlink_nodes(work, command))
        return cast("LinkPayload", LinkPayloadRecord(None, changes[0]))

    @strawberry.federation.mutation(
        requires_scopes=WRITES,
        description="Whether anybody may read a structure, also without a token. Needs MANAGE on its root.",
    )
    async def set_public(self, info: strawberry.Info, structure: strawberry.ID, is_public: bool) -> Structure:
        """Lets anybody read a structure, or not any more."""
        at, command = _request(info), commands.SetPublic(parse_id(structure), is_public)
        await _run(at, lambda work, _: set_public(work, command))
        return cast("Structure", (await structures.by_id(at, [command.structure]))[0])

    @strawberry.federation.mutation(
        requires_scopes=WRITES,
        description="Registers a kind, or changes a registered one. Refused, with the nodes named, where nodes of that "
        "kind don't fit.",
    )
    async def set_kind(self, info: strawberry.Info, input: SetKind) -> Kind:
        """Registers a kind, or changes a registered one."""
        at, command = _request(info), input.command()
        kind, _ = await _run(at, lambda work, _: set_kind(work, command))
        return cast("Kind", kind)


async def _run(at: Request, operation: Callable[[UnitOfWork, bool], Awaitable[R]]) -> tuple[R, list[ChangeRecord]]:
    return await run(at.state.changelog, at.principal, operation, await at.rights())


def _request(info: strawberry.Info) -> Request:
    return cast("Any", info).context


async def _give(at: Request, root: UUID) -> None:
    """The creator of a structure manages it, and who acts for it may write in it. Raises `Unavailable`."""
    if at.access is None or at.principal.id is None:
        raise Unavailable("Nobody is there to grant the new structure to its creator.")
    actors = [Holder(actor, root, Role.WRITE) for actor in at.principal.actors]
    await at.access.give([Holder(at.principal.id, root, Role.MANAGE), *actors], at.principal.id)


async def _node(
    info: strawberry.Info, operation: Callable[[UnitOfWork, bool], Awaitable[NodeRecord | None]]
) -> NodePayload:
    node, changes = await _run(_request(info), operation)
    return cast("NodePayload", NodePayloadRecord(node, changes[0]))
