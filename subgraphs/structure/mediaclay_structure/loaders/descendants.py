"""Branches in document order, page by page."""

from __future__ import annotations

import re

from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import decode_cursor, encode_cursor

from mediaclay_structure.loaders.pages import asking, page
from mediaclay_structure.records import BranchLabel, DescendantsOf, NodeFilter, NodeRecord, Page, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import branches, nodes, walking
from mediaclay_structure.tree.segments import depth_of

RELATIVE_KEY = re.compile("(?:[0-9A-Za-z]+/)+")


async def below(
    at: Request, top: NodeRecord, wanted: NodeFilter, max_depth: int | None, asked: Window
) -> Page[NodeRecord]:
    """A page of all that lies below `top`, in pre-order.

    A cursor holds the key relative to `top`, so it survives the moves of its branch.
    """
    async with asking(wanted), at.state.database.transaction("repeatable_read", readonly=True) as db:
        label = (await nodes.labels(db, [top.id])).get(top.id)
        found: list[tuple[NodeRecord, str]] = []
        if label is not None and asked.limit:
            found = await _read(db, label, wanted, _deepest(label, max_depth), asked)
    width = len(label.full_key) if label is not None else 0
    keys = {node.id: key[width:] for node, key in found}
    return page(
        [node for node, _ in found], asked, lambda node: encode_cursor(keys[node.id]),
        DescendantsOf(top, wanted, max_depth),
    )  # fmt: skip


async def count(at: Request, of: DescendantsOf) -> int:
    """How many nodes of a branch are wanted; without any wish it is known without walking."""
    async with asking(of.filter):
        if of.filter.is_empty and of.max_depth is None:
            return (await branches.counts(at.state.database.pool, [of.top])).get(of.top.id) or 0
        label = (await nodes.labels(at.state.database.pool, [of.top.id])).get(of.top.id)
        if label is None:
            return 0
        return await branches.count_wanted(at.state.database.pool, label, of.filter, _deepest(label, of.max_depth))


def _deepest(label: BranchLabel, max_depth: int | None) -> int | None:
    if max_depth is None:
        return None
    if max_depth < 0:
        raise BadUserInput("maxDepth can't be below 0.")
    return depth_of(label.full_key) + max_depth


async def _read(
    db: Connection, label: BranchLabel, wanted: NodeFilter, deepest: int | None, asked: Window
) -> list[tuple[NodeRecord, str]]:
    after = label.full_key
    if asked.cursor is not None:
        relative = str(decode_cursor(asked.cursor, str)[0])
        if not RELATIVE_KEY.fullmatch(relative):
            raise BadUserInput("The cursor is not one of ours.")
        after += relative
    return await walking.following(db, label, after, wanted, deepest, asked.limit + 1)
