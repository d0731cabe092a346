"""The feed that other subgraphs follow, as NDJSON, one line at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import BadUserInput, Forbidden, NotFound
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.view import context_of
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from mediaclay_structure.loaders import descendants, fragments, nodes, structures
from mediaclay_structure.records import IndexedNode, NodeFilter, Page, StructureRecord, Window
from mediaclay_structure.state import Request

NDJSON = "application/x-ndjson"
MOST_CHANGES = 10_000
READ_AT_ONCE = 1_000
"""Structures, or nodes; no line has more of these."""
CHANGES_AT_ONCE = 50
"""Each may name some thousand ids."""

Parts = Callable[[Request, Change], AsyncGenerator[dict[str, object]]]


async def structure_list(request: HttpRequest) -> Response:
    """Each structure as {"id", "slug", "revision"}."""
    at: Request = await context_of(request)
    at.require_read()
    first = await structures.listed(at, Window(READ_AT_ONCE))  # so that a database that is away is a clear refusal
    return StreamingResponse(_structures(at, first), media_type=NDJSON)


async def _structures(at: Request, page: Page[StructureRecord]) -> AsyncIterator[bytes]:
    while True:
        for found in page.nodes:
            yield _line({"id": found.id, "slug": found.slug, "revision": found.revision})
        if not page.page_info.has_next_page:
            return
        page = await structures.listed(at, Window(READ_AT_ONCE, page.page_info.end_cursor))


async def feed(request: HttpRequest) -> Response:
    """Each change behind `after`, in one line or several: what it touched as it is now, and what is gone.

    A line has `nodes`, the ids that are `gone`, and where a purge is told the `fragments` of which nothing is left. A
    reader takes them in the order of the lines. Pruned nodes are not gone: a restore, which touches few of them, would
    not bring the others back. `prunedAnchors` names them. With `only=ids` a line has the `ids` that a change touched and
    nothing of what they are, which costs a read of the log alone. With `paths=KIND`, once or several times, a change also
    touches all nodes of these kinds whose path it has changed.
    """
    at: Request = await context_of(request)
    stream = parse_id(request.path_params["structure"], "The structure's id")
    after, limit = _number(request, "after", 0), _number(request, "limit", 100)
    found = (await structures.by_id(at, [stream]))[0]
    if found is None:
        raise NotFound("There is no such structure.")
    if (await nodes.by_id(at, [found.root_id], frozenset()))[0] is None:
        raise Forbidden("The feed is of a whole structure, and you may read only a part of it.")
    kinds = request.query_params.getlist("paths")
    parts = _ids if request.query_params.get("only") == "ids" else partial(_parts, kinds=kinds)
    return StreamingResponse(_feed(at, stream, after, min(limit, MOST_CHANGES), parts), media_type=NDJSON)


def _number(request: HttpRequest, name: str, usual: int) -> int:
    text = request.query_params.get(name, str(usual))
    if not text.isdecimal() or len(text) > 15:
        raise BadUserInput(f"`{name}` is not a whole number from 0 on: {text[:40]!r}")
    return int(text)


async def _feed(at: Request, stream: UUID, after: int, limit: int, told: Parts) -> AsyncIterator[bytes]:
    while limit > 0:
        changes = await at.state.changelog.after(stream, after, min(limit, CHANGES_AT_ONCE))
        if not changes:
            return
        for change in changes:
            async with aclosing(told(at, change)) as parts:
                async for part in parts:
                    yield _line({"structure": stream, "revision": change.revision, "type": change.type, **part})
        after, limit = changes[-1].revision, limit - len(changes)


async def _parts(at: Request, change: Change, kinds: Sequence[str] = ()) -> AsyncGenerator[dict[str, object]]:
    """What the lines of a change say. The order matters: what is told of a node last is what holds."""
    if change.type == "PURGED":
        for some in _chunks(change.details["fragments"]):
            yield {"fragments": some, "gone": [], "nodes": []}
    for some in _chunks(change.touched):
        yield await _touched(at, some)
    if change.type == "CLONED":
        copies = fragments.pages(at, change.stream, change.details["fragments"], READ_AT_ONCE)
        async with aclosing(copies) as pages:
            async for page in pages:
                yield {"gone": [], "nodes": [_shown(node) for node in page]}
    if kinds and _has_moved_paths(change):
        async with aclosing(_below(at, change.subject, kinds)) as some:
            async for ids in some:
                yield await _touched(at, ids)


def _has_moved_paths(change: Change) -> bool:
    return change.type in {"MOVED", "RESTORED"} or (change.type == "UPDATED" and "slug" in change.details["after"])


async def _below(at: Request, top: UUID, kinds: Sequence[str]) -> AsyncGenerator[list[UUID]]:
    """The ids of what lies below a node, and is of these kinds. Pruned, it has no path."""
    [found] = await nodes.by_id(at, [top], None)
    asked: Window | None = None if found is None else Window(READ_AT_ONCE)
    while found is not None and asked is not None:
        [page] = await descendants.below(at, [found], NodeFilter([*kinds]), None, asked)
        if isinstance(page, BaseException):
            raise page
        if page.nodes:
            yield [node.id for node in page.nodes]
        asked = Window(READ_AT_ONCE, page.page_info.end_cursor) if page.page_info.has_next_page else None


async def _ids(_at: Request, change: Change) -> AsyncGenerator[dict[str, object]]:
    yield {"ids": change.touched}


async def _touched(at: Request, ids: list[UUID]) -> dict[str, object]:
    found = dict(zip(ids, await fragments.by_id(at, ids), strict=True))
    return {
        "gone": [each for each, node in found.items() if node is None],
        "nodes": [_shown(node) for node in found.values() if node is not None],
    }


def _chunks(items: list[Any]) -> list[list[Any]]:
    return [items[begin : begin + READ_AT_ONCE] for begin in range(0, len(items), READ_AT_ONCE)]


def _shown(node: IndexedNode) -> dict[str, object]:
    return {
        "id": node.id, "anchor": node.anchor, "okey": node.okey, "kind": node.kind, "name": node.name,
        "properties": node.properties, "version": node.version,
    }  # fmt: skip


def _line(value: dict[str, object]) -> bytes:
    return to_json(value, line=True)
