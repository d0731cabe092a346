"""What mutations answer."""

from __future__ import annotations

from typing import NamedTuple

import strawberry
from mediaclay_kernel.changelog import Change as ChangeRecord
from mediaclay_kernel.plan import shows

from mediaclay_structure.records import NodeRecord
from mediaclay_structure.types.node import Change, Node


class NodePayloadRecord(NamedTuple):
    """A node as it now is, and the change that made it so."""

    node: NodeRecord | None
    change: ChangeRecord


@strawberry.type(description="What a mutation answers: the change, and the node as it now is.")
@shows(NodePayloadRecord)
class NodePayload:
    """A node as it now is, and the change that made it so."""

    node: Node | None
    change: Change
