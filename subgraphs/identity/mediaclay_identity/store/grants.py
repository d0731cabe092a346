"""Statements about grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection, Row
from mediaclay_kernel.rights import Role

from mediaclay_identity.records import GrantRecord, NewGrant

_COLUMNS = "id, principal, node, role, expires_at, granted_by, created_at, revoked_at"
_ACTIVE = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())"
_OF = f"SELECT {_COLUMNS} FROM access_grant WHERE principal = ANY($1::uuid[]) AND {_ACTIVE} ORDER BY created_at, id"
_ON = f"SELECT {_COLUMNS} FROM access_grant WHERE node = ANY($1::uuid[]) AND {_ACTIVE} ORDER BY created_at, id"
_BY_ID = f"SELECT {_COLUMNS} FROM access_grant WHERE id = ANY($1::uuid[])"
_LOCK = f"SELECT {_COLUMNS} FROM access_grant WHERE id = $1 FOR UPDATE"
_SAME = f"""
SELECT {_COLUMNS} FROM access_grant
WHERE principal = $1 AND node = $2 AND role = $3 AND expires_at IS NOT DISTINCT FROM $4 AND revoked_at IS NULL
"""
_ADD = f"""
INSERT INTO access_grant (id, principal, node, role, expires_at, granted_by) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING {_COLUMNS}
"""
_REVOKE = f"UPDATE access_grant SET revoked_at = clock_timestamp(), revoked_by = $2 WHERE id = $1 RETURNING {_COLUMNS}"
# Of several processes each takes others.
_EXPIRED = f"""
UPDATE access_grant SET told_at = clock_timestamp() WHERE id IN (
    SELECT id FROM access_grant WHERE revoked_at IS NULL AND told_at IS NULL AND expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
) RETURNING {_COLUMNS}
"""
# Another database, another table, another time line after a restore: revisions mean other changes there.
_HEAD = """
SELECT concat_ws('-', (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
                 pg_relation_filenode('changelog_head'), left(pg_walfile_name(pg_current_wal_lsn()), 8)) AS epoch,
       coalesce((SELECT revision FROM changelog_head WHERE stream = $1), 0) AS revision
"""
_CHANGED = """
SELECT DISTINCT w.principal FROM changelog c CROSS JOIN LATERAL unnest(c.within) AS w (principal)
WHERE c.stream = $1 AND c.revision > $2 AND c.revision <= $3 AND w.principal <> c.subject
"""


class Head(NamedTuple):
    """Where the stream of grants is, and which history it is of."""

    epoch: str
    revision: int


def _record(row: Row) -> GrantRecord:
    return GrantRecord(*row)._replace(role=Role[row["role"]])


async def of(db: Connection, principals: Sequence[UUID]) -> list[GrantRecord]:
    """The grants of these that are neither revoked nor expired, oldest first."""
    return [_record(row) for row in await db.fetch(_OF, list(principals))]


async def on(db: Connection, nodes: Sequence[UUID]) -> list[GrantRecord]:
    """The grants on these nodes themselves that are neither revoked nor expired, oldest first."""
    return [_record(row) for row in await db.fetch(_ON, list(nodes))]


async def by_id(db: Connection, ids: Sequence[UUID]) -> list[GrantRecord]:
    """Those that there are, revoked or not, in no order."""
    return [_record(row) for row in await db.fetch(_BY_ID, list(ids))]


async def lock(db: Connection, grant: UUID) -> GrantRecord | None:
    """One grant, locked."""
    row = await db.fetchrow(_LOCK, grant)
    return None if row is None else _record(row)


async def same(db: Connection, wanted: NewGrant) -> GrantRecord | None:
    """The grant of the same role and the same end, if it was not revoked."""
    row = await db.fetchrow(_SAME, wanted.principal, wanted.node, wanted.role.name, wanted.expires_at)
    return None if row is None else _record(row)


async def add(db: Connection, new: NewGrant) -> GrantRecord:
    """Adds one; the database gives it its time."""
    row = await db.fetchrow(_ADD, new.id, new.principal, new.node, new.role.name, new.expires_at, new.granted_by)
    return _record(row)


async def revoke(db: Connection, grant: UUID, by: UUID) -> GrantRecord:
    """Ends one."""
    return _record(await db.fetchrow(_REVOKE, grant, by))


async def take_expired(db: Connection, most: int) -> list[GrantRecord]:
    """Some that have expired, of which nobody was told yet. They are taken to be told of with this transaction."""
    return [_record(row) for row in await db.fetch(_EXPIRED, most)]


async def head(db: Connection, stream: UUID) -> Head:
    """The newest revision of a stream."""
    row = await db.fetchrow(_HEAD, stream)
    return Head(row["epoch"], row["revision"])


async def changed(db: Connection, stream: UUID, after: int, upto: int) -> list[UUID]:
    """Whose grants changed by the revisions behind `after` up to `upto`."""
    return [row[0] for row in await db.fetch(_CHANGED, stream, after, upto)]
