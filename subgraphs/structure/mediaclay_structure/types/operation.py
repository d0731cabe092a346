"""One of many operations that are applied at once."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.operations import commands
from mediaclay_structure.types.inputs import (
    CloneNode,
    CreateNode,
    LinkNodes,
    MoveNode,
    PruneNode,
    RestoreNode,
    UnlinkNodes,
    UpdateNode,
    given,
)


@strawberry.input(description="Exactly one of them (not @oneOf: Apollo's composition refuses that directive).")
class Operation:
    """Exactly one operation."""

    create: CreateNode | None = strawberry.UNSET
    update: UpdateNode | None = strawberry.UNSET
    move: MoveNode | None = strawberry.UNSET
    clone: CloneNode | None = strawberry.UNSET
    prune: PruneNode | None = strawberry.UNSET
    restore: RestoreNode | None = strawberry.UNSET
    link: LinkNodes | None = strawberry.UNSET
    unlink: UnlinkNodes | None = strawberry.UNSET

    def command(self) -> commands.NodeCommand:
        """What the operation is asked. Raises `BadUserInput`."""
        each = (
            self.create, self.update, self.move, self.clone, self.prune, self.restore, self.link, self.unlink
        )  # fmt: skip
        said = [one for one in each if given(one) is not None]
        if len(said) != 1 or said[0] is None:
            raise BadUserInput(f"An operation is exactly one of its fields; {len(said)} are given.")
        return said[0].command()


def numbered(operations: list[Operation]) -> list[commands.NodeCommand]:
    """The commands of all of them. Raises `BadUserInput` with the number (from 0) of the `operation`."""
    found: list[commands.NodeCommand] = []
    for number, operation in enumerate(operations):
        try:
            found.append(operation.command())
        except BadUserInput as error:
            error.details["operation"] = number
            raise
    return found
