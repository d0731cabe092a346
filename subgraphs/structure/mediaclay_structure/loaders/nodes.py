"""Nodes by id and by path, and what lies above them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from unicodedata import normalize
from uuid import UUID

from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import BadUserInput, LimitExceeded
from mediaclay_kernel.ids import parse_ids
from mediaclay_kernel.loading import in_order
from mediaclay_kernel.plan import Needs

from mediaclay_structure.limits import DEPTH, IDS
from mediaclay_structure.loaders import guarding
from mediaclay_structure.loaders.guarding import guard_of
from mediaclay_structure.records import NodeRecord, PrincipalRecord
from mediaclay_structure.state import Request
from mediaclay_structure.store import branches, nodes


async def by_id(
    at: Request, ids: Sequence[UUID | None], needs: frozenset[str] | None = None
) -> list[NodeRecord | None]:
    """The node of each id, None for one that is unknown, not to be seen, or no UUID. Of it the attributes that it `needs` are read."""
    guard = await guard_of(at)
    known = list({i for i in ids if i is not None})
    async with reachable():
        rows = await nodes.shown(at.state.database.pool, known, needs, guard) if known else []
    return in_order(rows, attrgetter("id"), ids)


async def by_reference(at: Request, keys: Sequence[object], *, needs: Needs) -> list[NodeRecord | None]:
    """The node of each entity key."""
    return await by_id(at, parse_ids([str(key) for key in keys]), needs.of(NodeRecord))


async def by_ids_asked(at: Request, ids: list[str], needs: frozenset[str] | None = None) -> list[NodeRecord | None]:
    """The nodes of a client's list. Raises `LimitExceeded`."""
    if len(ids) > IDS:
        raise LimitExceeded(f"At most {IDS:,} ids can be asked for at once; these are {len(ids):,}.", limit=IDS)
    return await by_id(at, parse_ids(ids), needs)


async def by_path(at: Request, structure: str, path: str, needs: frozenset[str] | None = None) -> NodeRecord | None:
    """The node at a path, '/' for the root. Raises `BadUserInput` for what is no path."""
    guard = await guard_of(at)
    if not path.startswith("/"):
        raise BadUserInput("A path begins with '/'.")
    slugs = [slug for slug in normalize("NFC", path).split("/") if slug]
    if len(slugs) > DEPTH:
        raise LimitExceeded(f"A path has at most {DEPTH} parts.", limit=DEPTH)
    async with reachable():
        return await nodes.by_path(at.state.database.pool, structure, slugs, needs, guard)


async def parents(at: Request, children: Sequence[NodeRecord], *, needs: Needs) -> list[NodeRecord | None]:
    """The parent of each node, None for a root."""
    return await by_id(at, [child.parent_id for child in children], needs.of(NodeRecord))


async def ancestors(at: Request, below: Sequence[NodeRecord]) -> list[list[NodeRecord]]:
    """From the root down to the parent of each node, as far as they may be read: from the topmost of those on."""
    lines = await _lines(at, below)
    ids = [[*(above.id for above in line), node.id] for node, line in zip(below, lines, strict=True)]
    firsts = await guarding.firsts(at, ids, [node.structure_id for node in below])
    return [[] if first is None else line[first:] for line, first in zip(lines, firsts, strict=True)]


async def _lines(at: Request, below: Sequence[NodeRecord]) -> list[list[NodeRecord]]:
    """All above each node, whoever may read it. Siblings share the walk of their parent."""
    at.require_read()
    ids = list({node.parent_id for node in below if node.parent_id is not None})
    async with reachable():
        lines = await nodes.ancestors(at.state.database.pool, ids) if ids else {}
        found = await nodes.shown(at.state.database.pool, ids) if ids else []
    own = {node.id: node for node in found}
    answers: list[list[NodeRecord]] = []
    for node in below:
        parent = own.get(node.parent_id) if node.parent_id is not None else None
        answers.append([] if parent is None else [*lines[parent.id], parent])
    return answers


async def lines(at: Request, below: Sequence[NodeRecord]) -> list[list[UUID]]:
    """The ids from the root down to each node itself."""
    found = await _lines(at, below)
    return [[*(above.id for above in line), node.id] for node, line in zip(below, found, strict=True)]


async def paths(at: Request, of: Sequence[NodeRecord]) -> list[str]:
    """Slugs from the root, '/animals/dogs'; '/' for the root. Of what lies above a grant they are all that is told."""
    lines = await _lines(at, of)
    return [
        "/" + "/".join([*(above.slug for above in line[1:]), node.slug] if node.parent_id is not None else [])
        for node, line in zip(of, lines, strict=True)
    ]


async def depths(at: Request, of: Sequence[NodeRecord]) -> list[int]:
    """The number of levels above each node."""
    async with reachable():
        found = await nodes.depths(at.state.database.pool, [node.id for node in of])
    return [found.get(node.id, 0) for node in of]


async def descendant_counts(at: Request, of: Sequence[NodeRecord]) -> list[int]:
    """The number of nodes below each."""
    async with reachable():
        found = await branches.counts(at.state.database.pool, of)
    return [found.get(node.id) or 0 for node in of]


async def creators(at: Request, of: Sequence[NodeRecord]) -> list[PrincipalRecord]:
    """Who made each node."""
    return [PrincipalRecord(node.created_by) for node in of]


async def updaters(at: Request, of: Sequence[NodeRecord]) -> list[PrincipalRecord]:
    """Who changed each node last."""
    return [PrincipalRecord(node.updated_by) for node in of]
