"""Branches in document order, page by page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from mediaclay_kernel.database import Connection, reachable
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import decode_cursor, encode_cursor

from mediaclay_structure.loaders.filters import searching
from mediaclay_structure.loaders.pages import page
from mediaclay_structure.records import BranchLabel, DescendantsOf, NodeFilter, NodeRecord, Page, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import branches, finding, nodes, walking
from mediaclay_structure.store.filters import Deadline, Search
from mediaclay_structure.tree.segments import depth_of

RELATIVE_KEY = re.compile("(?:[0-9A-Za-z]+/)+")


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
    async with searching(at, of.filter, deadline) as (db, search):
        label = (await nodes.labels(db, [of.top.id])).get(of.top.id)
        if label is None or search.is_nothing:
            return 0
        deepest = _deepest(label, of.max_depth)
        few = await finding.count_rare(db, label, search, deepest)
        if few is not None:
            return few
        await search.deadline.hold(db)
        return await branches.count_wanted(db, label, of.filter, deepest)


async def _page(
    at: Request, top: NodeRecord, wanted: NodeFilter, max_depth: int | None, asked: Window, deadline: Deadline
) -> Page[NodeRecord]:
    """A cursor holds the key relative to `top`, so it survives the moves of its branch."""
    found: list[tuple[NodeRecord, str]] = []
    width = 0
    async with _snapshot(at, wanted, max_depth, deadline) as (db, search):
        label = (await nodes.labels(db, [top.id])).get(top.id)
        if label is not None:
            width = len(label.full_key)
            deepest = _deepest(label, max_depth)
            after = _after(label, asked)
            if asked.limit and search is None:
                found = await walking.following(db, label, after, wanted, None, asked.limit + 1)
            elif asked.limit and search is not None and not search.is_nothing:
                found = await finding.following(db, label, after, search, deepest, asked.limit + 1)
    keys = {node.id: key[width:] for node, key in found}
    return page(
        [node for node, _ in found], asked, lambda node: encode_cursor(keys[node.id]),
        DescendantsOf(top, wanted, max_depth),
    )  # fmt: skip


@asynccontextmanager
async def _snapshot(
    at: Request, wanted: NodeFilter, max_depth: int | None, deadline: Deadline
) -> AsyncGenerator[tuple[Connection, Search | None]]:
    """One snapshot; with a search where nodes may have to be passed over that are not wanted."""
    if wanted.is_empty and max_depth is None:
        async with at.state.database.transaction("repeatable_read", readonly=True) as db:
            yield db, None
    else:
        async with searching(at, wanted, deadline) as found:
            yield found


def _after(label: BranchLabel, asked: Window) -> str:
    """The full key that a page begins behind. Raises `BadUserInput`."""
    if asked.cursor is None:
        return label.full_key
    relative = str(decode_cursor(asked.cursor, str)[0])
    if not RELATIVE_KEY.fullmatch(relative):
        raise BadUserInput("The cursor is not one of ours.")
    return label.full_key + relative


def _deepest(label: BranchLabel, max_depth: int | None) -> int | None:
    if max_depth is None:
        return None
    if max_depth < 0:
        raise BadUserInput("maxDepth can't be below 0.")
    return depth_of(label.full_key) + max_depth
