"""Records from rows: the columns are selected in the order of the record's fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mediaclay_kernel.database import Row, Statement
from sqlalchemy import text

from mediaclay_structure.records import KindRecord, LinkRecord, NodeRecord, PrunedRecord, StructureRecord


def columns(record: Any, alias: str) -> str:
    """`n.structure_id, n.id, ...`: the fields of a record as columns of the table called `alias`."""
    return ", ".join(f"{alias}.{field}" for field in record._fields)


NODE = columns(NodeRecord, "n")
LINK = columns(LinkRecord, "l")
KIND = columns(KindRecord, "k")
PRUNED = columns(PrunedRecord, "p")
STRUCTURE = ", ".join(f"s.{field}" for field in StructureRecord._fields if field != "revision")
STRUCTURES = f"""
    SELECT {STRUCTURE}, h.revision FROM structure s
    JOIN changelog_head h ON h.stream = s.id AND s.deleted_at IS NULL
"""
PRUNED_FROM = "z/"
"""Anchors whose path does not sort before this, and all nodes in their fragments, are pruned."""

# A sub-select, not a join: it is one look-up for each node whatever the planner thinks of the sizes.
ANCHOR_PATH = "(SELECT a.gpath FROM anchor a WHERE a.structure_id = n.structure_id AND a.id = n.anchor_id)"
LIVE = f"{ANCHOR_PATH} < '{PRUNED_FROM}'"
"""Whether the node `n` is not pruned. What lies above or below a live node is live."""


def statement(sql: str) -> Statement:
    """A statement with :named parameters, compiled once."""
    return Statement(text(sql))


def nodes(rows: Iterable[Row]) -> list[NodeRecord]:
    """Rows that begin with the columns of a node."""
    width = len(NodeRecord._fields)
    return [NodeRecord(*tuple(row)[:width]) for row in rows]
