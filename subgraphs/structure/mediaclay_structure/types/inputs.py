"""What clients send."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar
from uuid import UUID

import strawberry
from mediaclay_kernel.ids import parse_id
from strawberry.scalars import JSON

from mediaclay_structure.limits import WHERE_CHARACTERS
from mediaclay_structure.operations import commands
from mediaclay_structure.records import NodeFilter as Wanted
from mediaclay_structure.tree.order import Place as PlaceRule
from mediaclay_structure.tree.order import Position

T = TypeVar("T")

strawberry.enum(Position, description="A place among siblings.")  # before an annotation names it


class LinkDirection(Enum):
    """From which end a link is seen."""

    OUT = "OUT"
    IN = "IN"
    BOTH = "BOTH"


strawberry.enum(LinkDirection, description="OUT: links that begin here; IN: links that lead here.")


@strawberry.input(description="Which nodes of a list are wanted.")
class NodeFilter:
    """Which nodes of a list are wanted."""

    kinds: list[str] | None = strawberry.UNSET
    name_contains: str | None = strawberry.UNSET
    where: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="An SQL/JSON path predicate over the properties, '$.price > 3 && $.tags[*] == \"new\"', "
        f"of at most {WHERE_CHARACTERS:,} characters.",
    )


def given(value: T | None) -> T | None:
    """A field of an input, None where the client left it out: the schema shows no default."""
    return None if value is strawberry.UNSET else value


def wanted(filter_given: NodeFilter | None) -> Wanted:
    """The filter as the loaders know it."""
    if filter_given is None:
        return Wanted()
    return Wanted(given(filter_given.kinds), given(filter_given.name_contains), given(filter_given.where))


@strawberry.input(description="Where among its siblings: LAST unless said; BEFORE and AFTER name a `sibling`.")
class Place:
    """Where among its siblings."""

    at: Position = Position.LAST
    sibling: strawberry.ID | None = strawberry.UNSET


def _place(place: Place | None) -> PlaceRule:
    place = given(place)
    return PlaceRule() if place is None else PlaceRule(place.at, _id(place.sibling, "place.sibling"))


def _id(text: strawberry.ID | None, what: str = "id") -> UUID | None:
    text = given(text)
    return None if text is None else parse_id(text, what)


@strawberry.input(description="A new node.")
class CreateNode:
    """A new node."""

    parent: strawberry.ID
    kind: str
    name: str
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Chosen by the client (UUID) or made by the server; a repeat with the same id and content is "
        "answered with the first result.",
    )
    slug: str | None = strawberry.field(default=strawberry.UNSET, description="Made of the name unless given.")
    properties: JSON | None = strawberry.UNSET
    place: Place | None = strawberry.UNSET

    def command(self) -> commands.CreateNode:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.CreateNode(
            parse_id(self.parent, "parent"), self.kind, self.name, _id(self.id),
            given(self.slug), given(self.properties), _place(self.place),
        )  # fmt: skip


@strawberry.input(description="New values for some of a node's own fields.")
class UpdateNode:
    """New values for some of a node's own fields."""

    id: strawberry.ID
    name: str | None = strawberry.UNSET
    slug: str | None = strawberry.UNSET
    kind: str | None = strawberry.UNSET
    properties: JSON | None = strawberry.field(default=strawberry.UNSET, description="A merge patch (RFC 7396).")
    expected_version: int | None = strawberry.UNSET

    def command(self) -> commands.UpdateNode:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.UpdateNode(
            parse_id(self.id),
            given(self.name),
            given(self.slug),
            given(self.kind),
            given(self.properties),
            given(self.expected_version),
        )


@strawberry.input(description="A node, with its branch, to another parent or another place.")
class MoveNode:
    """A node, with its branch, to another parent or another place."""

    id: strawberry.ID
    parent: strawberry.ID
    place: Place | None = strawberry.UNSET
    expected_version: int | None = strawberry.UNSET

    def command(self) -> commands.MoveNode:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.MoveNode(
            parse_id(self.id), parse_id(self.parent, "parent"), _place(self.place), given(self.expected_version)
        )


@strawberry.input(description="A copy of a node, with its branch, below another parent or the same one.")
class CloneNode:
    """A copy of a node with its branch."""

    id: strawberry.ID
    parent: strawberry.ID
    place: Place | None = strawberry.UNSET
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of the copy's root; that of the original unless given."
    )
    new_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Id of the copy's root, chosen by the client (UUID) or made by the server; a repeat with the same "
        "id and content is answered with the first result.",
    )

    def command(self) -> commands.CloneNode:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.CloneNode(
            parse_id(self.id), parse_id(self.parent, "parent"), _place(self.place), given(self.name),
            _id(self.new_id, "newId"),
        )  # fmt: skip


@strawberry.input(description="A node, with its branch, to be taken away.")
class PruneNode:
    """A node, with its branch, to be taken away."""

    id: strawberry.ID
    expected_version: int | None = strawberry.UNSET

    def command(self) -> commands.PruneNode:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.PruneNode(parse_id(self.id), given(self.expected_version))


@strawberry.input(description="A pruned branch to be brought back.")
class RestoreNode:
    """A pruned branch to be brought back."""

    id: strawberry.ID
    parent: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Where it was, unless said.")

    def command(self) -> commands.RestoreNode:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.RestoreNode(parse_id(self.id), _id(self.parent, "parent"))


@strawberry.input(description="A link from one node to another of the same structure, or to itself.")
class LinkNodes:
    """A link from one node to another."""

    source: strawberry.ID
    target: strawberry.ID
    kind: str
    properties: JSON | None = strawberry.UNSET

    def command(self) -> commands.LinkNodes:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.LinkNodes(
            parse_id(self.source, "source"), parse_id(self.target, "target"), self.kind, given(self.properties)
        )


@strawberry.input(description="A link to be removed.")
class UnlinkNodes:
    """A link to be removed."""

    id: strawberry.ID

    def command(self) -> commands.UnlinkNodes:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.UnlinkNodes(parse_id(self.id))


@strawberry.input(description="What a structure asks of all nodes of a kind.")
class SetKind:
    """What a structure asks of all nodes of a kind."""

    structure: strawberry.ID
    name: str
    schema: JSON = strawberry.field(
        description="A JSON Schema for the properties: draft 2020-12, unless its $schema names another one. Nothing is "
        "fetched from elsewhere, formats are checked, and patterns are those of a linear engine."
    )
    allowed_children: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Kinds that its nodes may have as children: any unless given, [] for none.",
    )
    description: str | None = strawberry.UNSET

    def command(self) -> commands.SetKind:
        """What the operation is asked. Raises `BadUserInput`."""
        return commands.SetKind(
            parse_id(self.structure, "structure"), self.name, self.schema, given(self.allowed_children),
            given(self.description),
        )  # fmt: skip
