"""What mutations answer."""

from __future__ import annotations

from typing import NamedTuple

import strawberry
from mediaclay_kernel.changelog import Change as ChangeRecord
from mediaclay_kernel.plan import shows

from mediaclay_structure.records import LinkRecord, NodeRecord
from mediaclay_structure.types.node import Change, Link, Node


class NodePayloadRecord(NamedTuple):
    """A node as it now is, and the change that made it so."""

    node: NodeRecord | None
    change: ChangeRecord


class ApplyPayloadRecord(NamedTuple):
    """What was done at once, and the revision that it led to."""

    revision: int
    changes: list[ChangeRecord]


@strawberry.type
@shows(ApplyPayloadRecord)
class ApplyPayload:
    """What was done at once."""

    revision: int
    changes: list[Change]


@strawberry.type(description="What a mutation answers: the change, and the node as it now is.")
@shows(NodePayloadRecord)
class NodePayload:
    """A node as it now is, and the change that made it so."""

    node: Node | None
    change: Change


class LinkPayloadRecord(NamedTuple):
    """A link as it now is, None once it is removed, and the change that made it so."""

    link: LinkRecord | None
    change: ChangeRecord


@strawberry.type(description="What a mutation answers: the change, and the link, null once it is removed.")
@shows(LinkPayloadRecord)
class LinkPayload:
    """A link as it now is, and the change that made it so."""

    link: Link | None
    change: Change
