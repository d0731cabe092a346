"""Links: reading them from either end, making and removing them.

A link is there for readers while both of its ends are. Who asks from one end has seen that one; the other is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.database import Connection, Statement

from mediaclay_structure.records import LinkRecord, NodeRecord
from mediaclay_structure.store.columns import LINK, LIVE, PRUNED_FROM, columns, statement
from mediaclay_structure.store.guards import Guard, held, readable

START = ("", UUID(int=0))
"""The place before every link."""

_DIRECTIONS = ("OUT", "IN", "BOTH")


def _live(end: str) -> str:
    # Where nothing is pruned, a node's million links are counted without a look at their other ends.
    return f"""(NOT EXISTS (SELECT FROM pruned t WHERE t.structure_id = p.structure_id)
                OR EXISTS (SELECT FROM node n WHERE n.structure_id = l.structure_id AND n.id = l.{end} AND {LIVE}))"""


def _seen(end: str, holders: int | None) -> str:
    """Whether the other end of a link may be read; None: anything may that is not pruned."""
    if holders is None:
        return _live(end)
    return f"""EXISTS (SELECT FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
                       WHERE n.structure_id = l.structure_id AND n.id = l.{end} AND a.gpath < '{PRUNED_FROM}'
                         AND {readable(holders)})"""


def _ends(direction: str, of_kind: str, holders: int | None) -> list[str]:
    """The links of `p` in a direction, as one or two lists. A link to itself is in the first of two."""
    out = f"l.structure_id = p.structure_id AND l.source_id = p.id {of_kind} AND {_seen('target_id', holders)}"
    into = f"l.structure_id = p.structure_id AND l.target_id = p.id {of_kind} AND {_seen('source_id', holders)}"
    return {"OUT": [out], "IN": [into], "BOTH": [out, f"{into} AND l.source_id <> p.id"]}[direction]


def _of_kind(is_given: bool) -> str:
    return "AND l.kind = CAST(:kind AS text)" if is_given else ""


def _with(holders: int | None) -> str:
    return "" if holders is None else f"WITH {held(holders)}"


def _page(direction: str, has_kind: bool, holders: int | None = None) -> str:
    behind = "l.id > CAST(:id AS uuid)" if has_kind else "(l.kind, l.id) > (CAST(:kind AS text), CAST(:id AS uuid))"
    lists = " UNION ALL ".join(
        f"(SELECT l.* FROM link l WHERE {ends} AND {behind} ORDER BY l.kind, l.id LIMIT CAST(:most AS int))"
        for ends in _ends(direction, _of_kind(has_kind), holders)
    )
    return f"""
        {_with(holders)}
        SELECT {LINK}, p.id AS origin
        FROM unnest(CAST(:structures AS uuid[]), CAST(:ids AS uuid[])) AS p (structure_id, id)
        CROSS JOIN LATERAL (SELECT l.* FROM ({lists}) AS l ORDER BY l.kind, l.id LIMIT CAST(:most AS int)) AS l
        ORDER BY l.kind, l.id
    """


def _count(direction: str, has_kind: bool, holders: int | None = None) -> str:
    counts = " + ".join(
        f"(SELECT count(*) FROM link l WHERE {ends})" for ends in _ends(direction, _of_kind(has_kind), holders)
    )
    return f"""
        {_with(holders)}
        SELECT p.id, {counts} AS links
        FROM unnest(CAST(:structures AS uuid[]), CAST(:ids AS uuid[])) AS p (structure_id, id)
    """


# One for each case: a plan that is to serve all of them would read all links of a node for each page.
_PAGES = {(way, has_kind): statement(_page(way, has_kind)) for way in _DIRECTIONS for has_kind in (False, True)}
_COUNTS = {(way, has_kind): statement(_count(way, has_kind)) for way in _DIRECTIONS for has_kind in (False, True)}
_Way = tuple[str, bool]


@cache
def _guarded_page(way: _Way, holders: int) -> Statement:
    return statement(_page(*way, holders))


@cache
def _guarded_count(way: _Way, holders: int) -> Statement:
    return statement(_count(*way, holders))


_BY_ID = statement(f"SELECT {LINK} FROM link l WHERE l.id = CAST(:id AS uuid)")
_BETWEEN = statement(f"""
    SELECT {LINK}, l.properties = CAST(:properties AS jsonb) AS is_same FROM link l
    WHERE l.structure_id = CAST(:structure AS uuid) AND l.source_id = CAST(:source AS uuid)
      AND l.kind = CAST(:kind AS text) AND l.target_id = CAST(:target AS uuid)
""")
_INSERT = statement(f"""
    INSERT INTO link AS l (structure_id, id, kind, source_id, target_id, properties, created_by)
    SELECT CAST(:structure AS uuid), n.id, n.kind, n.source, n.target, n.properties, CAST(:by AS uuid)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:sources AS uuid[]), CAST(:targets AS uuid[]),
                CAST(:properties AS jsonb[])) AS n (id, kind, source, target, properties)
    ON CONFLICT (structure_id, source_id, kind, target_id) DO NOTHING RETURNING {LINK}
""")
_DELETE = statement(f"""
    DELETE FROM link AS l WHERE l.structure_id = CAST(:structure AS uuid) AND l.id = CAST(:id AS uuid) RETURNING {LINK}
""")
_LINKING = statement(f"""
    SELECT {columns(Change, "c")} FROM changelog c
    WHERE c.stream = CAST(:structure AS uuid) AND c.type = 'LINKED' AND c.details ->> 'id' = CAST(:id AS text)
""")


async def page(
    db: Connection, at: Sequence[NodeRecord], kind: str | None, direction: str, after: tuple[str, UUID], most: int,
    guard: Guard | None = None,
) -> list[tuple[UUID, LinkRecord]]:  # fmt: skip
    """At most `most` links of each node behind `after` (kind, id), in that order, each with the node it was asked for."""
    way = direction, kind is not None
    form = _PAGES[way] if guard is None else _guarded_page(way, guard.holders)
    rows = await form.all(
        db, structures=[n.structure_id for n in at], ids=[n.id for n in at],
        kind=after[0] if kind is None else kind, id=after[1], most=most, **({} if guard is None else guard.values),
    )  # fmt: skip
    width = len(LinkRecord._fields)
    return [(row["origin"], LinkRecord(*tuple(row)[:width])) for row in rows]


async def counts(
    db: Connection, at: Sequence[NodeRecord], kind: str | None, direction: str, guard: Guard | None = None
) -> dict[UUID, int]:
    """How many links each node has."""
    way = direction, kind is not None
    form = _COUNTS[way] if guard is None else _guarded_count(way, guard.holders)
    more = {} if guard is None else guard.values
    rows = await form.all(db, structures=[n.structure_id for n in at], ids=[n.id for n in at], kind=kind, **more)
    return {row["id"]: row["links"] for row in rows}


async def by_id(db: Connection, link: UUID) -> LinkRecord | None:
    """The link, even where one of its ends is pruned."""
    row = await _BY_ID.one(db, id=link)
    return LinkRecord(*row) if row else None


async def between(db: Connection, wanted: LinkRecord) -> tuple[LinkRecord, bool] | None:
    """The link of that kind from that source to that target, and whether its properties are the same as the wanted."""
    row = await _BETWEEN.one(
        db, structure=wanted.structure_id, source=wanted.source_id, kind=wanted.kind, target=wanted.target_id,
        properties=wanted.properties,
    )  # fmt: skip
    return (LinkRecord(*tuple(row)[:-1]), row["is_same"]) if row else None


async def insert(db: Connection, structure: UUID, wanted: Sequence[LinkRecord], by: UUID) -> list[LinkRecord]:
    """Makes links of one structure; answers those that were not there already. `created_at` is given by the database."""
    rows = await _INSERT.all(
        db, structure=structure, ids=[w.id for w in wanted], kinds=[w.kind for w in wanted],
        sources=[w.source_id for w in wanted], targets=[w.target_id for w in wanted],
        properties=[w.properties for w in wanted], by=by,
    )  # fmt: skip
    return [LinkRecord(*row) for row in rows]


async def delete(db: Connection, link: LinkRecord) -> LinkRecord | None:
    """Removes a link; None where another one has done so."""
    row = await _DELETE.one(db, structure=link.structure_id, id=link.id)
    return LinkRecord(*row) if row else None


async def linking(db: Connection, link: LinkRecord) -> Change | None:
    """The change that made a link, unless it came with many others."""
    row = await _LINKING.one(db, structure=link.structure_id, id=str(link.id))
    return Change(*row) if row else None
