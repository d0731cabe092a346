"""Requests that come twice, because their answer got lost: told by the id that the client chose and by their content."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import Conflict

from mediaclay_structure.records import NodeRecord
from mediaclay_structure.store import history, nodes


class First(NamedTuple):
    """What the first request made: the node as it now is, None once it is pruned."""

    node: NodeRecord | None


def digest_of(*said: Any) -> str:
    """SHA-256 of what a request said (JSON values)."""
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def repeated(work: UnitOfWork, chosen: UUID, digest: str) -> First | None:
    """The node of a client-chosen id if the same request has made it; its change is that of the work.

    None where the id is free. Raises `Conflict` where anything else has it.
    """
    known = next(iter(await nodes.even_pruned(work.connection, [chosen])), None)
    if known is None:
        return None
    first = await history.creation(work.connection, known.structure_id, chosen)
    if first is None or first.details.get("digest") != digest:
        raise Conflict(f"The id {chosen} is in use.")
    work.changes.append(first)
    live = await nodes.by_id(work.connection, [chosen])
    return First(live[0] if live else None)
