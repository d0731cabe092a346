"""What a caller may read, said in SQL: by where the nodes stand that were granted to it.

A statement finds these places and what is asked for in one snapshot, so that no move comes between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple, TypeVar
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.rights import Rights

from mediaclay_structure.records import BranchLabel
from mediaclay_structure.store.columns import PRUNED_FROM, ByIds, array, statement

F = TypeVar("F")


class Guard(NamedTuple):
    """The granted nodes of a caller, each with the number of its holder among those who act in a chain.

    Only what all of them may read is shown; where `holders` is 0, what is public.
    """

    holders: int
    values: dict[str, object]
    """Parameters of the statements."""

    @staticmethod
    def of(rights: Rights) -> Guard | None:
        """None for a caller who may read everything."""
        if rights.is_all:
            return None
        if not rights.chain or not all(rights.chain):
            return NOBODY
        granted, holders = rights.granted
        return Guard(len(rights.chain), {"granted": granted, "holders": holders})

    @property
    def granted(self) -> Sequence[UUID]:
        """The granted nodes."""
        found: Sequence[UUID] = self.values.get("granted", ())  # type: ignore[assignment]
        return found


NOBODY = Guard(0, {})

_HOLDERS = "CAST((SELECT CAST(:holders AS int[])) AS int[])"
_GRANTED = f"unnest({array('granted')}, {_HOLDERS}) AS g (id, holder)"
_HELD = f"""
    held AS MATERIALIZED (
        SELECT g.holder, t.structure_id, b.gpath || t.okey AS full_key
        FROM {_GRANTED} JOIN node t ON t.id = g.id
        JOIN anchor b ON b.structure_id = t.structure_id AND b.id = t.anchor_id AND b.gpath < '{PRUNED_FROM}'
    )
"""


def held(holders: int) -> str:
    """What `readable` needs among the WITH of its statement."""
    return _HELD if holders else "held AS (SELECT)"


def readable(holders: int, row: str = "n", key: str = "a.gpath || n.okey") -> str:
    """Whether a node may be read, by its structure and its full key."""
    public = f"EXISTS (SELECT FROM structure p WHERE p.id = {row}.structure_id AND p.is_public)"
    covered = " AND ".join(
        f"EXISTS (SELECT FROM held h WHERE {f'h.holder = {number} AND ' if holders > 1 else ''}"
        f"h.structure_id = {row}.structure_id AND starts_with({key}, h.full_key))"
        for number in range(holders)
    )
    return f"({public} OR ({covered}))" if covered else public


def happened_where(holders: int, change: str = "c") -> str:
    """Whether a change happened where it may be read: in a granted branch, before it or after it."""
    public = f"EXISTS (SELECT FROM structure p WHERE p.id = {change}.stream AND p.is_public)"
    covered = " AND ".join(
        f"EXISTS (SELECT FROM {_GRANTED} WHERE g.holder = {number} AND g.id = ANY({change}.within))"
        for number in range(holders)
    )
    return f"({public} OR ({covered}))" if covered else public


def by_holders(make: Callable[[int], F]) -> Callable[[Guard | None], F | None]:
    """The form of a statement for each number of holders, made when it is needed; None without a guard."""
    made = cache(make)
    return lambda guard: None if guard is None else made(guard.holders)


_READABLE = by_holders(
    lambda holders: ByIds(f"""
    WITH {held(holders)}
    SELECT n.id FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.id {{ids}} AND a.gpath < '{PRUNED_FROM}' AND {readable(holders)}
    """)
)
_ALL = ByIds(f"""
    SELECT n.id FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.id {{ids}} AND a.gpath < '{PRUNED_FROM}'
""")
_PLACES = statement(f"""
    SELECT g.holder, t.structure_id, t.id, t.anchor_id, t.okey, b.gpath, s.bound, s.is_public
    FROM {_GRANTED} JOIN node t ON t.id = g.id
    JOIN anchor b ON b.structure_id = t.structure_id AND b.id = t.anchor_id AND b.gpath < '{PRUNED_FROM}'
    JOIN structure s ON s.id = t.structure_id
""")
_PUBLIC = statement("""
    SELECT s.id FROM structure s
    WHERE s.is_public AND s.deleted_at IS NULL AND (CAST(:ids AS uuid[]) IS NULL OR s.id = ANY(CAST(:ids AS uuid[])))
""")


async def seen(db: Connection, ids: Sequence[UUID], guard: Guard | None) -> set[UUID]:
    """Those of the nodes that may be read; pruned ones may not."""
    form = _READABLE(guard)
    rows = await (_ALL.all(db, ids) if form is None or guard is None else form.all(db, ids, **guard.values))
    return {row["id"] for row in rows}


async def places(db: Connection, guard: Guard) -> list[tuple[int, BranchLabel]]:
    """Where the granted nodes stand that are not pruned, each with its holder."""
    if not guard.holders:
        return []
    return [(row[0], BranchLabel(*tuple(row)[1:])) for row in await _PLACES.all(db, **guard.values)]


async def public(db: Connection, ids: Sequence[UUID] | None = None) -> set[UUID]:
    """The public ones among these structures, or among all."""
    return {row["id"] for row in await _PUBLIC.all(db, ids=None if ids is None else list(ids))}
