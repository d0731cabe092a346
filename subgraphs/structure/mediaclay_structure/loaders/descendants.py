"""Branches in document order, page by page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import decode_cursor, encode_cursor

from mediaclay_structure.loaders.filters import searching
from mediaclay_structure.loaders.pages import page
from mediaclay_structure.records import BranchLabel, DescendantsOf, NodeFilter, NodeRecord, Page, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import branches, finding, nodes, walking
from mediaclay_structure.store.filters import Deadline
from mediaclay_structure.tree.segments import depth_of

RELATIVE_KEY = re.compile("(?:[0-9A-Za-z]+/)+")
SMALL = 10_000
"""The nodes of a branch that are counted one by one before an index is asked for those that are wanted."""

Found = list[tuple[NodeRecord, str]]


async def below(
    at: Request, tops: Sequence[NodeRecord], wanted: NodeFilter, max_depth: int | None, asked: Window
) -> list[Page[NodeRecord] | BaseException]:
    """For each of `tops` a page of all that lies below it, in pre-order, or why there is none."""
    deadline = Deadline(at.state.filtering.seconds)
    return await asyncio.gather(
        *(_page(at, top, wanted, max_depth, asked, deadline) for top in tops), return_exceptions=True
    )


async def count(at: Request, of: DescendantsOf, deadline: Deadline | None = None) -> int:
    """How many nodes of a branch are wanted; without any wish it is known without walking."""
    if of.filter.is_empty and of.max_depth is None:
        async with reachable():
            return (await branches.counts(at.state.database.pool, [of.top])).get(of.top.id) or 0
    levels = _levels(of.max_depth)
    async with searching(at, of.filter, deadline) as (db, search):
        if search.is_nothing:
            return 0
        small = await branches.count_wanted(db, of.top.id, of.filter, levels, SMALL)
        if small is not None:
            return small
        label = (await nodes.labels(db, [of.top.id])).get(of.top.id)
        if label is None:
            return 0
        few = await finding.count_rare(db, label, search, _deepest(label, levels))
        if few is not None:
            return few
        await search.deadline.hold(db)
        return await branches.count_wanted(db, of.top.id, of.filter, levels) or 0


async def _page(
    at: Request, top: NodeRecord, wanted: NodeFilter, max_depth: int | None, asked: Window, deadline: Deadline
) -> Page[NodeRecord]:
    """A cursor holds the key relative to `top`, so it survives the moves of its branch."""
    after, levels = _after(asked), _levels(max_depth)
    if not wanted.is_empty or levels is not None:
        found = await _wanted(at, DescendantsOf(top, wanted, levels), after, asked.limit, deadline)
    else:
        found = await _any(at, top, after, asked.limit) if asked.limit else []
    keys = {node.id: key for node, key in found}
    return page(
        [node for node, _ in found], asked, lambda node: encode_cursor(keys[node.id]),
        DescendantsOf(top, wanted, max_depth),
    )  # fmt: skip


async def _any(at: Request, top: NodeRecord, after: str, limit: int) -> Found:
    """Up to one node more than `limit`, each with its key relative to `top`."""
    async with reachable():
        near = await branches.beginning(at.state.database.pool, top.id, after, limit + 1)
    if near is not None:
        return near
    async with at.state.database.transaction("repeatable_read", readonly=True) as db:
        label = (await nodes.labels(db, [top.id])).get(top.id)
        if label is None:
            return []
        found = await walking.following(db, label, label.full_key + after, limit + 1)
    return _relative(label, found)


async def _wanted(at: Request, of: DescendantsOf, after: str, limit: int, deadline: Deadline) -> Found:
    """The same of those that are wanted, where nodes may have to be passed over."""
    async with searching(at, of.filter, deadline) as (db, search):
        label = (await nodes.labels(db, [of.top.id])).get(of.top.id)
        if label is None or not limit or search.is_nothing:
            return []
        deepest = _deepest(label, of.max_depth)
        found = await finding.following(db, label, label.full_key + after, search, deepest, limit + 1)
    return _relative(label, found)


def _relative(label: BranchLabel, found: Found) -> Found:
    width = len(label.full_key)
    return [(node, key[width:]) for node, key in found]


def _after(asked: Window) -> str:
    """The key, relative to the top, that a page begins behind. Raises `BadUserInput`."""
    if asked.cursor is None:
        return ""
    relative = str(decode_cursor(asked.cursor, str)[0])
    if not RELATIVE_KEY.fullmatch(relative):
        raise BadUserInput("The cursor is not one of ours.")
    return relative


def _levels(max_depth: int | None) -> int | None:
    """Raises `BadUserInput`."""
    if max_depth is not None and max_depth < 0:
        raise BadUserInput("maxDepth can't be below 0.")
    return max_depth


def _deepest(label: BranchLabel, levels: int | None) -> int | None:
    """The most sibling keys that a full key may have."""
    return None if levels is None else depth_of(label.full_key) + levels
