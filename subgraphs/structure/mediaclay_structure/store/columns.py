"""Records from rows: the columns are selected in the order of the record's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from mediaclay_kernel.database import Connection, Row, Statement
from sqlalchemy import text

from mediaclay_structure.records import IndexedNode, KindRecord, LinkRecord, NodeRecord, PrunedRecord, StructureRecord


def columns(record: Any, alias: str) -> str:
    """`n.structure_id, n.id, ...`: the fields of a record as columns of the table called `alias`."""
    return ", ".join(f"{alias}.{field}" for field in record._fields)


NODE = columns(NodeRecord, "n")
_PROPERTIES = ("properties",)
_STAMPS = ("created_at", "updated_at", "created_by", "updated_by")
LINK = columns(LinkRecord, "l")
INDEXED = columns(IndexedNode, "n").replace("n.anchor,", "n.anchor_id,")
KIND = columns(KindRecord, "k")
PRUNED = columns(PrunedRecord, "p")
STRUCTURE = ", ".join(f"s.{field}" for field in StructureRecord._fields if field != "revision")
STRUCTURES = f"""
    SELECT {STRUCTURE}, h.revision FROM structure s
    JOIN changelog_head h ON h.stream = s.id AND s.deleted_at IS NULL
"""
PRUNED_FROM = "z/"
"""Anchors whose path does not sort before this, and all nodes in their fragments, are pruned."""

LIVE = f"""NOT EXISTS (
    SELECT FROM anchor a WHERE a.structure_id = n.structure_id AND a.id = n.anchor_id AND a.gpath >= '{PRUNED_FROM}'
)"""
"""Whether the node `n` is not pruned. What lies above or below a live node is live."""


def statement(sql: str) -> Statement:
    """A statement with :named parameters, compiled once."""
    return Statement(text(sql))


def _shown(*left_away: str) -> str:
    """The columns of a node as they are shown: its properties in the text that PostgreSQL makes of them anyway."""
    shown = [f"CAST(NULL AS text) AS {f}" if f in left_away else f"n.{f}" for f in NodeRecord._fields]
    return ", ".join(shown).replace("n.properties", "CAST(n.properties AS text) AS properties")


SHOWN = _shown()
S = TypeVar("S")


class Shown(Generic[S]):
    """The forms of a statement that reads nodes to show them: with and without what is costly to read and decode."""

    def __init__(self, make: Callable[[str], S], sql: str) -> None:
        """`sql` says `{node}` where the columns stand; `make` makes a statement of it."""
        self._whole, self._no_properties, self._no_stamps, self._least = (
            make(sql.replace("{node}", _shown(*left_away)))
            for left_away in ((), _PROPERTIES, _STAMPS, _PROPERTIES + _STAMPS)
        )

    def of(self, needs: frozenset[str] | None) -> S:
        """The form with the least columns that has all `needs`; None may be any of them."""
        if needs is None:
            return self._whole
        if needs.isdisjoint(_STAMPS):
            return self._least if needs.isdisjoint(_PROPERTIES) else self._no_stamps
        return self._no_properties if needs.isdisjoint(_PROPERTIES) else self._whole


def line_of(row: str) -> str:
    """The ids from the node `row` itself up to its root."""
    return f"""(
        WITH RECURSIVE up AS (
            SELECT {row}.id, {row}.parent_id, 0 AS step
            UNION ALL
            SELECT p.id, p.parent_id, up.step + 1
            FROM up JOIN node p ON p.structure_id = {row}.structure_id AND p.id = up.parent_id
        )
        SELECT array_agg(up.id ORDER BY up.step) FROM up
    )"""


def array(name: str) -> str:
    """A parameter that is an array of ids, without its length being seen by the planner."""
    return f"CAST((SELECT CAST(:{name} AS uuid[])) AS uuid[])"


class ByIds:
    """A statement that asks for ids, where it says `{ids}`: one form for one of them, one for two, one for many.

    An array is planned anew at each call, since its length may change the plan, and for a few nodes the planning costs
    more than the reading. Plain values are planned only at first, and so is an array whose length the planner can't see.
    """

    def __init__(self, sql: str) -> None:
        self._one = statement(sql.replace("{ids}", "= CAST(:one AS uuid)"))
        self._two = statement(sql.replace("{ids}", "IN (CAST(:one AS uuid), CAST(:two AS uuid))"))
        self._many = statement(sql.replace("{ids}", f"= ANY({array('ids')})"))

    async def all(self, db: Connection, ids: Sequence[UUID], **given: Any) -> list[Row]:
        """Every row."""
        if len(ids) == 1 and not given:
            return await self._one.rows(db, ids[0])
        if len(ids) == 1:
            return await self._one.all(db, one=ids[0], **given)
        if len(ids) == 2:
            return await self._two.all(db, one=ids[0], two=ids[1], **given)
        return await self._many.all(db, ids=list(ids), **given)


def nodes(rows: Iterable[Row]) -> list[NodeRecord]:
    """Rows that begin with the columns of a node."""
    rows = list(rows)
    width = len(NodeRecord._fields)
    if rows and len(rows[0]) > width:
        return [NodeRecord(*tuple(row)[:width]) for row in rows]
    return [*map(_NODE, rows)]


_NODE = cast("Callable[[Row], NodeRecord]", partial(cast("Any", tuple).__new__, NodeRecord))
"""A row as a record, in half the time of a call of the class: such a row has just its fields, in their order."""
