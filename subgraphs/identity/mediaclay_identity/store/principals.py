"""Statements about principals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection, Row, Statement
from mediaclay_kernel.principal import PrincipalType
from sqlalchemy import Integer, LargeBinary, Text, any_, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from mediaclay_identity.records import NewPrincipal, PrincipalRecord
from mediaclay_identity.tables import principal

_c = principal.c
_shown = (
    _c.id, _c.type, _c.name, _c.owner, _c.client_id, _c.scopes, _c.built_in, _c.disabled_at, _c.created_at,
)  # fmt: skip
_ids = any_(bindparam("ids", type_=ARRAY(postgresql.UUID)))
_type = bindparam("type", type_=Text)
_after = bindparam("after", type_=postgresql.UUID)
_hash = bindparam("secret_hash", type_=LargeBinary)

_BY_ID = Statement(select(*_shown).where(_c.id == _ids))
_LOCK = Statement(select(*_shown).where(_c.id == _ids).order_by(_c.id).with_for_update())
_BY_NAME = Statement(select(*_shown).where(_c.name == any_(bindparam("names", type_=ARRAY(Text)))).order_by(_c.id))
_BUILT_IN = Statement(select(*_shown).where(_c.built_in == any_(bindparam("names", type_=ARRAY(Text)))))
_OWNED = Statement(select(*_shown).where(_c.owner == _ids).order_by(_c.id))
_PAGE = Statement(
    select(*_shown)
    .where(or_(_type.is_(None), _c.type == _type), or_(_after.is_(None), _c.id > _after))
    .order_by(_c.id)
    .limit(bindparam("most", type_=Integer))
)
_COUNTS = Statement(select(_c.type, func.count().label("count")).group_by(_c.type))
_ADD = Statement(
    insert(principal)
    .values({
        name: bindparam(f"new_{name}", type_=_c[name].type)
        for name in NewPrincipal._fields
    })
    .returning(*_shown)
)  # fmt: skip
_SET_SECRET = Statement(update(principal).where(_c.id == _ids).values(secret_hash=_hash))
_DISABLE = Statement(
    update(principal)
    .where(_c.id == _ids)
    .values(disabled_at=func.coalesce(_c.disabled_at, func.clock_timestamp()))
    .returning(*_shown)
)


def _record(row: Row) -> PrincipalRecord:
    return PrincipalRecord(
        row["id"], PrincipalType(row["type"]), row["name"], row["owner"], row["client_id"], tuple(row["scopes"]),
        row["built_in"], row["disabled_at"], row["created_at"],
    )  # fmt: skip


def _records(rows: Iterable[Row]) -> list[PrincipalRecord]:
    return [_record(row) for row in rows]


async def by_id(db: Connection, ids: Sequence[UUID]) -> list[PrincipalRecord]:
    """Those of the ids that exist, in no order."""
    return _records(await _BY_ID.all(db, ids=ids))


async def by_name(db: Connection, names: Sequence[str]) -> list[PrincipalRecord]:
    """Those with one of these names, oldest first. A name may belong to several."""
    return _records(await _BY_NAME.all(db, names=names))


async def built_in(db: Connection, names: Sequence[str]) -> dict[str, PrincipalRecord]:
    """What the instance made for itself, by its name there."""
    return {str(record.built_in): record for record in _records(await _BUILT_IN.all(db, names=names))}


async def owned_by(db: Connection, ids: Sequence[UUID]) -> list[PrincipalRecord]:
    """The agents for which these answer."""
    return _records(await _OWNED.all(db, ids=ids))


async def lock(db: Connection, ids: Sequence[UUID]) -> dict[UUID, PrincipalRecord]:
    """Those of the ids that exist, locked in the order of their ids: two callers can't wait for each other."""
    return {record.id: record for record in _records(await _LOCK.all(db, ids=ids))}


async def page(db: Connection, kind: PrincipalType | None, after: UUID | None, most: int) -> list[PrincipalRecord]:
    """At most `most` of one type, or of all, that follow `after` in the order of their ids."""
    return _records(await _PAGE.all(db, type=kind and kind.value, after=after, most=most))


async def counts(db: Connection) -> dict[PrincipalType, int]:
    """How many there are of each type."""
    return {PrincipalType(row["type"]): row["count"] for row in await _COUNTS.all(db)}


async def add(db: Connection, new: NewPrincipal) -> PrincipalRecord:
    """Adds one; answers it with the time that the database gave it."""
    values = {**new._asdict(), "type": new.type.value, "scopes": list(new.scopes)}
    row = await _ADD.one(db, **{f"new_{name}": value for name, value in values.items()})
    assert row is not None
    return _record(row)


async def set_secret(db: Connection, ids: Sequence[UUID], secret_hash: bytes | None) -> None:
    """Replaces the hash of the secret; None: these clients can't authenticate any more."""
    await _SET_SECRET.run(db, ids=ids, secret_hash=secret_hash)


async def disable(db: Connection, ids: Sequence[UUID]) -> list[PrincipalRecord]:
    """Disables these; one that is disabled already keeps its time."""
    return _records(await _DISABLE.all(db, ids=ids))
