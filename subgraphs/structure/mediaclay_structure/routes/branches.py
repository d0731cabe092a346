"""A branch of any size as NDJSON: out, as of one moment, and in, batch by batch."""

from __future__ import annotations

from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput, NotFound, Unavailable
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.principal import Scope
from mediaclay_kernel.view import context_of
from starlette.requests import Request as HttpRequest

from mediaclay_structure.loaders.guarding import guard_of
from mediaclay_structure.records import BranchLabel
from mediaclay_structure.routes import intake
from mediaclay_structure.routes.streams import Stream, Write
from mediaclay_structure.state import Request
from mediaclay_structure.store import guards, nodes, streaming

REVISION = "Clay-Revision"
"""The header that names the structure's revision of which the stream is."""


async def stream_out(request: HttpRequest) -> Stream:
    """Everything below a node in pre-order, then the links that begin there or at the node; see docs/streaming.md.

    With `after`, the id of the last node that a client has, what follows it as of now.
    """
    at: Request = await context_of(request)
    guard = await guard_of(at)
    top = parse_id(request.path_params["id"])
    said = request.query_params.get("after")
    after = None if said is None else parse_id(said, "`after`")
    headers: dict[str, str] = {}

    async def body(write: Write) -> None:
        if at.state.streams.locked():
            raise Unavailable("As many branches are streamed as may be at once; try again.")
        async with at.state.streams, at.state.database.transaction("repeatable_read", readonly=True) as db:
            if top not in await guards.seen(db, [top], guard):
                raise NotFound(f"There is no node {top}.")
            label, begin = await _places(db, top, after)
            headers[REVISION] = str(await streaming.revision(db, label.structure_id))
            await streaming.nodes_to(db, label, begin, write)
            await streaming.links_to(db, label, write, guard)

    return Stream(body, lambda: headers)


async def stream_in(request: HttpRequest) -> Stream:
    """Takes lines as `stream_out` gives them below a node; answers NDJSON while it goes; see docs/streaming.md."""
    at: Request = await context_of(request)
    at.principal.require(Scope.WRITE)
    top = parse_id(request.path_params["id"])
    coding = request.headers.get("content-encoding", "identity")
    if coding != "identity":
        raise BadUserInput(f"The body must not be compressed, but is {coding[:40]!r}.")

    async def body(write: Write) -> None:
        await intake.take_in(at, top, request.stream(), write)

    return Stream(body, dict, reads_body=True)


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
