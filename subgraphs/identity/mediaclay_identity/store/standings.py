"""Statements about who may not act any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from mediaclay_kernel.database import Connection

_ALL = """
SELECT id, disabled_at IS NOT NULL AS is_disabled, extract(epoch FROM least_iat)::float8 AS least
FROM principal WHERE disabled_at IS NOT NULL OR least_iat IS NOT NULL
"""
# Another database, another table, another time line after a restore: revisions mean other changes there.
_HEAD = """
SELECT concat_ws('-', (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()),
                 pg_relation_filenode('changelog_head'), left(pg_walfile_name(pg_current_wal_lsn()), 8)) AS epoch,
       coalesce((SELECT revision FROM changelog_head WHERE stream = $1), 0) AS revision
"""
_SIGN_OUT = "UPDATE principal SET least_iat = $2 WHERE id = ANY($1::uuid[])"


class Standing(NamedTuple):
    """Of one principal: disabled, or the second before which its tokens are of no use."""

    is_disabled: bool
    least: float | None


class Head(NamedTuple):
    """Where the stream of standings is."""

    epoch: str
    revision: int


async def all_of(db: Connection) -> Mapping[UUID, Standing]:
    """Everybody who is not simply good."""
    return {row["id"]: Standing(row["is_disabled"], row["least"]) for row in await db.fetch(_ALL)}


async def head(db: Connection, stream: UUID) -> Head:
    """The newest revision of the stream, and which history it is of."""
    row = await db.fetchrow(_HEAD, stream)
    return Head(row["epoch"], row["revision"])


async def sign_out(db: Connection, principals: Sequence[UUID], at: datetime) -> None:
    """Makes tokens that were issued before `at` useless."""
    await db.execute(_SIGN_OUT, list(principals), at)
