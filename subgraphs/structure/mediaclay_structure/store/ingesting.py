"""What ingestion alone asks and writes: many nodes in one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection
from mediaclay_kernel.encoding import to_json

from mediaclay_structure.store.columns import statement

BLOCK = 64 * 1024
"""Bytes that are handed over at a time, so that PostgreSQL writes the first rows while the next are put together."""

_LAST_CHILDREN = statement("""
    SELECT p.id, c.pos FROM unnest(CAST(:parents AS uuid[])) AS p (id)
    CROSS JOIN LATERAL (
        SELECT n.pos FROM node n WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id = p.id
        ORDER BY n.pos DESC LIMIT 1
    ) AS c
""")
_INSERT_ANCHORS = statement("""
    INSERT INTO anchor (structure_id, id, node_id, n, deep, gpath)
    SELECT CAST(:structure AS uuid), a.* FROM unnest(CAST(:anchors AS bigint[]), CAST(:nodes AS uuid[]),
        CAST(:sizes AS bigint[]), CAST(:deep AS int[]), CAST(:gpaths AS text[])) AS a
""")
_GROW = statement("""
    UPDATE anchor a SET n = a.n + g.gained, deep = greatest(a.deep, g.deep)
    FROM unnest(CAST(:anchors AS bigint[]), CAST(:gained AS bigint[]), CAST(:deep AS int[])) AS g (id, gained, deep)
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.id = g.id
""")
_LOCAL_COUNTS = statement("""
    SELECT fragment_count(CAST(:structure AS uuid), p.anchor, p.okey, CAST(:most AS bigint)) AS nodes
    FROM unnest(CAST(:anchors AS bigint[]), CAST(:okeys AS text[])) WITH ORDINALITY AS p (anchor, okey, place)
    ORDER BY p.place
""")
_PROMOTE = statement("SELECT promote(CAST(:structure AS uuid), CAST(:anchor AS bigint), CAST(:okey AS text))")
_SETTLE = statement("""
    SELECT settle(CAST(:structure AS uuid), f.anchor, f.near) AS relabelled
    FROM unnest(CAST(:anchors AS bigint[]), CAST(:nears AS text[])) AS f (anchor, near)
""")


class Row(NamedTuple):
    """A new node, as it is copied."""

    id: UUID
    parent: UUID
    pos: str
    anchor: int
    okey: str
    kind: str
    name: str
    slug: str
    properties: dict[str, Any] | bytes


class NewAnchor(NamedTuple):
    """A new node that is an anchor, with what its fragment holds."""

    id: int
    node: UUID
    nodes: int
    deep: int
    gpath: str


async def last_children(db: Connection, structure: UUID, parents: Sequence[UUID]) -> dict[UUID, str]:
    """The key of the last child of each parent that has one."""
    rows = await _LAST_CHILDREN.all(db, structure=structure, parents=list(parents))
    return {row["id"]: row["pos"] for row in rows}


async def copy_nodes(db: Connection, structure: UUID, by: UUID, created: Iterable[Row]) -> None:
    """Inserts many nodes; their fragments are counted by `grow`."""
    await db.copy_to_table("node", source=_encoded(structure, by, created), columns=_COLUMNS, format="binary")


async def insert_anchors(db: Connection, structure: UUID, born: Sequence[NewAnchor]) -> None:
    """The rows of new anchors."""
    if born:
        ids, nodes, sizes, deep, gpaths = (list(column) for column in zip(*born, strict=True))
        await _INSERT_ANCHORS.run(
            db, structure=structure, anchors=ids, nodes=nodes, sizes=sizes, deep=deep, gpaths=gpaths
        )


async def grow(db: Connection, structure: UUID, grown: Sequence[tuple[int, int, int]]) -> None:
    """Counts new nodes in their fragments: (anchor, nodes gained, levels)."""
    await _GROW.run(
        db, structure=structure, anchors=[g[0] for g in grown], gained=[g[1] for g in grown], deep=[g[2] for g in grown]
    )


async def local_counts(db: Connection, structure: UUID, places: Sequence[tuple[int, str]], most: int) -> list[int]:
    """How many nodes of its fragment each (anchor, key) has below it, itself among them; counted up to `most`."""
    rows = await _LOCAL_COUNTS.all(
        db, structure=structure, anchors=[anchor for anchor, _ in places], okeys=[okey for _, okey in places], most=most
    )
    return [row["nodes"] for row in rows]


async def promote(db: Connection, structure: UUID, anchor: int, okey: str) -> list[UUID]:
    """Makes a node an anchor; answers the nodes that it relabelled. Needs the lock alone."""
    return await _PROMOTE.value(db, structure=structure, anchor=anchor, okey=okey)


async def settle(db: Connection, structure: UUID, places: Sequence[tuple[int, str]]) -> list[UUID]:
    """Mends the bound around each (anchor, key), in that order; answers what it relabelled. Needs the lock alone."""
    rows = await _SETTLE.all(
        db, structure=structure, anchors=[anchor for anchor, _ in places], nears=[near for _, near in places]
    )
    return [node for row in rows for node in row["relabelled"]]


_COLUMNS = (
    "structure_id", "id", "parent_id", "pos", "anchor_id", "okey", "kind", "name", "slug", "properties",
    "created_by", "updated_by",
)  # fmt: skip
# PostgreSQL's binary COPY: a header, rows of fields that each begin with their size, and an end.
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_JSONB = b"\x01"


def _size(number: int) -> bytes:
    return number.to_bytes(4, "big")


_SIZES = [_size(number) for number in range(1024)]


def _field(data: bytes) -> bytes:
    size = len(data)
    return (_SIZES[size] if size < 1024 else _size(size)) + data


async def _encoded(structure: UUID, by: UUID, created: Iterable[Row]) -> AsyncIterator[bytes]:
    start = len(_COLUMNS).to_bytes(2, "big") + _field(structure.bytes) + _size(16)
    end = _field(by.bytes) * 2
    held, size = [_HEADER], 0
    kinds: dict[str, bytes] = {}
    for node in created:
        own, parent, pos, anchor, okey, kind, name, slug, properties = node
        if (of_kind := kinds.get(kind)) is None:
            of_kind = kinds[kind] = _field(kind.encode())
        json = properties if type(properties) is bytes else to_json(properties)
        row = b"".join((
            start, own.bytes, _SIZES[16], parent.bytes, _field(pos.encode()), _SIZES[8], anchor.to_bytes(8, "big"),
            _field(okey.encode()), of_kind, _field(name.encode()), _field(slug.encode()),
            _size(len(json) + 1), _JSONB, json, end,
        ))  # fmt: skip
        held.append(row)
        size += len(row)
        if size > BLOCK:
            yield b"".join(held)
            held, size = [], 0
            await asyncio.sleep(0)  # so that it is sent now, and others get their turn
    yield b"".join([*held, _END])
