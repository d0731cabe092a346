"""Structures: finding and making them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection, Statement
from sqlalchemy import insert

from mediaclay_structure import tables
from mediaclay_structure.records import StructureRecord
from mediaclay_structure.store.columns import STRUCTURES, statement

_BY_ID = statement(f"{STRUCTURES} WHERE s.id = ANY(CAST(:ids AS uuid[]))")
_BY_SLUG = statement(f"{STRUCTURES} WHERE s.slug = ANY(CAST(:slugs AS text[]))")
_PAGE = statement(f"""
    {STRUCTURES} WHERE s.slug > coalesce(CAST(:after AS text), '') ORDER BY s.slug LIMIT CAST(:most AS int)
""")
# Those that somebody may see: the public ones, and those in which something was granted to it.
_SEEN = "(s.is_public OR s.id = ANY(CAST(:visible AS uuid[])))"
_SEEN_BY_ID = statement(f"{STRUCTURES} WHERE s.id = ANY(CAST(:ids AS uuid[])) AND {_SEEN}")
_SEEN_BY_SLUG = statement(f"{STRUCTURES} WHERE s.slug = ANY(CAST(:slugs AS text[])) AND {_SEEN}")
_SEEN_PAGE = statement(f"""
    {STRUCTURES} WHERE s.slug > coalesce(CAST(:after AS text), '') AND {_SEEN}
    ORDER BY s.slug LIMIT CAST(:most AS int)
""")
_SEEN_COUNT = statement(f"SELECT count(*) FROM structure s WHERE s.deleted_at IS NULL AND {_SEEN}")
_SET_PUBLIC = statement("UPDATE structure SET is_public = :is_public WHERE id = CAST(:structure AS uuid)")
_COUNT = statement("SELECT count(*) FROM structure s WHERE s.deleted_at IS NULL")
_INSERT = Statement(
    insert(tables.structure).values(
        dict.fromkeys(("id", "slug", "name", "root_id", "bound", "created_by", "trash_id"))
    )
)  # fmt: skip
_MAKE_TRASH = statement("SELECT make_trash(CAST(:structure AS uuid), CAST(:trash AS uuid), CAST(:by AS uuid))")
_DELETE = statement("UPDATE structure SET deleted_at = now(), slug = id::text WHERE id = CAST(:structure AS uuid)")

# The last of its pruned branches is purged, so nothing is left but the trash itself.
_FORGET = statement("""
    WITH gone AS (
        DELETE FROM structure s WHERE s.id = CAST(:structure AS uuid) AND s.deleted_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM pruned p WHERE p.structure_id = s.id AND p.purged_at IS NULL) RETURNING s.id
    ), nodes AS (DELETE FROM node n USING gone WHERE n.structure_id = gone.id),
    anchors AS (DELETE FROM anchor a USING gone WHERE a.structure_id = gone.id),
    kinds AS (DELETE FROM kind k USING gone WHERE k.structure_id = gone.id),
    heads AS (DELETE FROM changelog_head h USING gone WHERE h.stream = gone.id),
    relayed AS (DELETE FROM changelog_relay r USING gone WHERE r.stream = gone.id)
    DELETE FROM changelog c USING gone WHERE c.stream = gone.id
""")


Visible = Sequence[UUID] | None
"""The structures that are seen beside the public ones; None: all."""


async def by_id(db: Connection, ids: Sequence[UUID], visible: Visible = None) -> list[StructureRecord]:
    """Those that there are, in no order."""
    form, more = (_BY_ID, {}) if visible is None else (_SEEN_BY_ID, {"visible": visible})
    return [StructureRecord(*row) for row in await form.all(db, ids=list(ids), **more)]


async def by_slug(db: Connection, slugs: Sequence[str], visible: Visible = None) -> list[StructureRecord]:
    """Those that there are, in no order."""
    form, more = (_BY_SLUG, {}) if visible is None else (_SEEN_BY_SLUG, {"visible": visible})
    return [StructureRecord(*row) for row in await form.all(db, slugs=list(slugs), **more)]


async def page(db: Connection, after: str | None, most: int, visible: Visible = None) -> list[StructureRecord]:
    """At most `most`, by slug, behind the slug `after`."""
    form, more = (_PAGE, {}) if visible is None else (_SEEN_PAGE, {"visible": visible})
    return [StructureRecord(*row) for row in await form.all(db, after=after, most=most, **more)]


async def count(db: Connection, visible: Visible = None) -> int:
    """How many there are."""
    return await (_COUNT.value(db) if visible is None else _SEEN_COUNT.value(db, visible=visible))


async def set_public(db: Connection, structure: UUID, is_public: bool) -> None:
    """Whether anybody may read it."""
    await _SET_PUBLIC.run(db, structure=structure, is_public=is_public)


async def insert_structure(db: Connection, structure: StructureRecord) -> None:
    """Its row alone. Raises asyncpg's `UniqueViolationError` for a slug that is taken."""
    await _INSERT.run(
        db, id=structure.id, slug=structure.slug, name=structure.name, root_id=structure.root_id,
        bound=structure.bound, created_by=structure.created_by, trash_id=structure.trash_id,
    )  # fmt: skip


async def make_trash(db: Connection, structure: StructureRecord) -> None:
    """The second root of a structure, below which pruned branches lie."""
    await _MAKE_TRASH.run(db, structure=structure.id, trash=structure.trash_id, by=structure.created_by)


async def delete_structure(db: Connection, structure: UUID) -> None:
    """It can't be found any more, and its slug is free."""
    await _DELETE.run(db, structure=structure)


async def forget_purged(db: Connection, structure: UUID) -> None:
    """Deletes what a deleted structure has left, if all its nodes are purged: its trash, kinds and changelog."""
    await _FORGET.run(db, structure=structure)
