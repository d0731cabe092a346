"""A branch of any size as NDJSON: out, as of one moment, and in, batch by batch."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import NotFound
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.view import context_of
from starlette.requests import Request as HttpRequest

from mediaclay_structure.records import BranchLabel
from mediaclay_structure.routes.streams import Stream, Write
from mediaclay_structure.state import Request
from mediaclay_structure.store import nodes, streaming

REVISION = "Clay-Revision"
"""The header that names the structure's revision of which the stream is."""


async def stream_out(request: HttpRequest) -> Stream:
    """Everything below a node in pre-order, then the links that begin there or at the node; see docs/streaming.md.

    With `after`, the id of the last node that a client has, what follows it as of now.
    """
    at: Request = await context_of(request)
    at.require_read()
    top = parse_id(request.path_params["id"])
    said = request.query_params.get("after")
    after = None if said is None else parse_id(said, "`after`")
    headers: dict[str, str] = {}

    async def body(write: Write) -> None:
        async with at.state.database.transaction("repeatable_read", readonly=True) as db:
            label, begin = await _places(db, top, after)
            headers[REVISION] = str(await streaming.revision(db, label.structure_id))
            await streaming.nodes_to(db, label, begin, write)
            await streaming.links_to(db, label, write)

    return Stream(body, lambda: headers)


async def _places(db: Connection, top: UUID, after: UUID | None) -> tuple[BranchLabel, str | None]:
    """Where the branch stands, and the full key of `after`. Raises `NotFound`."""
    found = await nodes.labels(db, [top] if after is None else [top, after])
    label = found.get(top)
    if label is None:
        raise NotFound(f"There is no node {top}.")
    if after is None:
        return label, None
    last = found.get(after)
    if last is None or last.structure_id != label.structure_id or not _is_below(last, label):
        raise NotFound(f"The node {after} does not lie below {top} any more: begin from the start.")
    return label, last.full_key


def _is_below(node: BranchLabel, top: BranchLabel) -> bool:
    return node.id != top.id and node.full_key.startswith(top.full_key)
