"""The changelog, forwards from a revision and backwards from now.

A change is seen by whoever may read the place where it happened: a branch that its node was in, before it or after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, itemgetter

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import decode_cursor, encode_cursor
from mediaclay_kernel.loading import distinct, grouped

from mediaclay_structure.loaders import nodes, structures
from mediaclay_structure.loaders.guarding import guard_of
from mediaclay_structure.loaders.pages import page
from mediaclay_structure.records import NodeRecord, Page, PrincipalRecord, StructureRecord, Window
from mediaclay_structure.state import Request
from mediaclay_structure.store import history


def cursor_of(change: Change) -> str:
    """The place of a change in its stream."""
    return encode_cursor(change.revision)


async def of_structures(
    at: Request, of: Sequence[StructureRecord], after: int | None, asked: Window
) -> list[Page[Change]]:
    """A page of each structure's changes behind a revision, oldest first."""
    if after is not None and after < 0:
        raise BadUserInput("`after` is a revision, so not below 0.")
    guard = await guard_of(at)
    async with reachable():
        found = await history.after(
            at.state.database.pool, list({s.id for s in of}), after or 0, asked.limit + 1, guard
        )
    groups = grouped(found, lambda change: change.stream, [s.id for s in of])
    return [page(group, asked, cursor_of, structure) for structure, group in zip(of, groups, strict=True)]


async def of_nodes(at: Request, of: Sequence[NodeRecord], asked: Window) -> list[Page[Change]]:
    """A page of the changes that named each node, newest first."""
    before = int(decode_cursor(asked.cursor, int)[0]) if asked.cursor is not None else None
    guard = await guard_of(at)
    async with reachable():
        found = await history.of_nodes(
            at.state.database.pool, distinct(of, attrgetter("id")), before, asked.limit + 1, guard
        )
    groups = grouped(found, itemgetter(0), [node.id for node in of])
    return [
        page([change for _, change in group], asked, cursor_of, node) for node, group in zip(of, groups, strict=True)
    ]


async def structures_of(at: Request, of: Sequence[Change]) -> list[StructureRecord | None]:
    """The structure of each change."""
    return await structures.of_seen(at, [change.stream for change in of])


async def nodes_of(at: Request, of: Sequence[Change]) -> list[NodeRecord | None]:
    """The node that each change named, None once it is gone."""
    return await nodes.by_id(at, [change.subject for change in of])


async def principals_of(at: Request, of: Sequence[Change]) -> list[PrincipalRecord]:
    """Who did each."""
    return [PrincipalRecord(change.principal) for change in of]


async def actors_of(at: Request, of: Sequence[Change]) -> list[list[PrincipalRecord]]:
    """On whose behalf each was done, outermost first."""
    return [[PrincipalRecord(actor) for actor in change.actors] for change in of]
