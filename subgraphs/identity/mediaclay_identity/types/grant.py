"""Grants, nodes as identity knows them (by their ids, and by what structure says lies above them), and what happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, cast
from uuid import UUID

import strawberry
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import Forbidden, Unauthenticated
from mediaclay_kernel.ids import parse_id, parse_ids
from mediaclay_kernel.plan import column, path, shows
from mediaclay_kernel.rights import Role

from mediaclay_identity import loaders
from mediaclay_identity.operations.rights import rights_in
from mediaclay_identity.records import GrantRecord, NodeKey, PrincipalRecord
from mediaclay_identity.types.principal import Principal, Request


class AccessEventType(Enum):
    """What has happened to a grant."""

    GRANTED = "GRANTED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


strawberry.enum(AccessEventType, description="What has happened to a grant.")


async def holders(context: Request, grants: Sequence[GrantRecord]) -> list[PrincipalRecord | None]:
    """To whom each was granted."""
    return await loaders.principals_by_id(context.state.database, [grant.principal for grant in grants])


async def granters(context: Request, grants: Sequence[GrantRecord]) -> list[PrincipalRecord | None]:
    """Who granted each."""
    return await loaders.principals_by_id(context.state.database, [grant.granted_by for grant in grants])


def node_of(grant: GrantRecord) -> NodeKey:
    """The node that was granted."""
    return NodeKey(grant.node)


strawberry.enum(Role, description="READ < SUGGEST (may propose) < WRITE < MANAGE (may grant, approve).")


def key(representation: Mapping[str, Any]) -> NodeKey:
    """The node of a representation. Raises `BadUserInput`."""
    return NodeKey(parse_id(representation["id"]), _line_of(representation.get("line")))


def _line_of(said: Any) -> tuple[UUID, ...] | None:
    """None for what is no line: a client may ask for something else under that name, which then comes here."""
    if not isinstance(said, list):
        return None
    ids = parse_ids([str(each) for each in cast("list[Any]", said)])
    known = tuple(each for each in ids if each is not None)
    return known if len(known) == len(ids) else None


async def itself(context: Request, keys: Sequence[NodeKey]) -> list[NodeKey | None]:
    """Whether a node may be seen is for structure to say, without which nothing of it is asked here."""
    context.require_read()
    return [*keys]


async def my_roles(context: Request, nodes: Sequence[NodeKey]) -> list[Role | None]:
    """The caller's role on each node that it has been shown. It is for the caller to know, and decides nothing."""
    context.require_read()
    rights = await rights_in(context.state.database.pool, context.principal)
    unknown = [node.id for node in nodes if node.line is None]
    asked = await context.state.trees.lines(unknown, context.authorization) if unknown else {}
    lines = [asked.get(node.id) if node.line is None else node.line for node in nodes]
    # What is shown without any grant on it is public.
    return [None if line is None else rights.role(line, is_public=True) for line in lines]


async def grants(context: Request, nodes: Sequence[NodeKey]) -> list[list[GrantRecord] | Exception]:
    """All grants that count for each node: on itself and on what lies above it, from the root down.

    What lies above it is asked of structure, in the caller's name: a representation proves nothing.
    """
    if context.principal.id is None:
        raise Unauthenticated
    rights = await rights_in(context.state.database.pool, context.principal)
    lines = await context.state.trees.lines([node.id for node in nodes], context.authorization)
    managed = {own: line for own, line in lines.items() if (rights.role(line) or 0) >= Role.MANAGE}
    found = await loaders.grants_on(context.state.database, [managed.get(node.id, ()) for node in nodes])
    return [
        own if node.id in managed else Forbidden("To see who was granted what, you need the role MANAGE.")
        for node, own in zip(nodes, found, strict=True)
    ]


@strawberry.type(description="A role on a node, inherited by its whole branch, mounts excluded.")
@shows(GrantRecord)
class Grant:
    """A role on a node."""

    id: strawberry.ID
    principal: Principal = path(holders)
    node: Node | None = column(node_of, description="Null where it is pruned, or where you may not read it any more.")
    role: Role
    expires_at: datetime | None
    granted_by: Principal = path(granters)
    created_at: datetime


@strawberry.federation.type(keys=["id"], description="A node of a tree.")
@shows(NodeKey, key=key, reference=itself)
class Node:
    """A node of a tree."""

    id: strawberry.ID
    line: list[strawberry.ID] = strawberry.federation.field(external=True)
    grants: list[Grant] = path(
        grants, requires=["line"], description="On the node itself and on all above it; for callers with MANAGE."
    )
    my_role: Role | None = path(
        my_roles,
        requires=["line"],
        description="What the caller may do here and below, as far as its token is good for it.",
    )


async def grants_of_changes(context: Request, changes: Sequence[Change]) -> list[GrantRecord | None]:
    """The grant that each change is one of."""
    return await loaders.grants_by_id(context.state.database, [change.subject for change in changes])


def type_of(change: Change) -> AccessEventType:
    """What has happened."""
    return AccessEventType(change.type)


@strawberry.type(description="Something that has happened to one of the caller's grants.")
@shows(Change)
class AccessEvent:
    """Something that has happened to a grant."""

    type: AccessEventType = column(type_of)
    grant: Grant = path(grants_of_changes)
