"""The tables as SQLAlchemy knows them; the migrations make them, and a test holds the two against each other."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

metadata = MetaData()
_TIME = TIMESTAMP(timezone=True)

structure = Table(
    "structure", metadata,
    Column("id", Uuid, primary_key=True), Column("slug", Text), Column("name", Text), Column("root_id", Uuid),
    Column("bound", Integer), Column("created_at", _TIME), Column("created_by", Uuid), Column("trash_id", Uuid),
    Column("deleted_at", _TIME), Column("is_public", Boolean),
)  # fmt: skip

pruned = Table(
    "pruned", metadata,
    Column("structure_id", Uuid, primary_key=True), Column("node_id", Uuid, primary_key=True),
    Column("parent_id", Uuid), Column("pos", Text), Column("slug", Text), Column("pruned_at", _TIME),
    Column("pruned_by", Uuid), Column("purging", _TIME), Column("fragments", ARRAY(BigInteger)),
    Column("nodes", BigInteger), Column("purged_at", _TIME),
)  # fmt: skip

node = Table(
    "node", metadata,
    Column("structure_id", Uuid, primary_key=True), Column("id", Uuid, primary_key=True), Column("parent_id", Uuid),
    Column("pos", Text), Column("anchor_id", BigInteger), Column("okey", Text), Column("kind", Text),
    Column("name", Text), Column("slug", Text), Column("properties", JSONB), Column("version", Integer),
    Column("created_at", _TIME), Column("updated_at", _TIME), Column("created_by", Uuid), Column("updated_by", Uuid),
)  # fmt: skip

anchor = Table(
    "anchor", metadata,
    Column("structure_id", Uuid, primary_key=True), Column("id", BigInteger, primary_key=True),
    Column("node_id", Uuid), Column("pinned", Boolean), Column("n", BigInteger), Column("deep", Integer),
    Column("gpath", Text),
)  # fmt: skip

kind = Table(
    "kind", metadata,
    Column("structure_id", Uuid, primary_key=True), Column("name", Text, primary_key=True), Column("schema", JSONB),
    Column("allowed_children", ARRAY(Text)), Column("description", Text), Column("set_at", _TIME),
)  # fmt: skip

link = Table(
    "link", metadata,
    Column("structure_id", Uuid, primary_key=True), Column("id", Uuid, primary_key=True), Column("kind", Text),
    Column("source_id", Uuid), Column("target_id", Uuid), Column("properties", JSONB), Column("created_at", _TIME),
    Column("created_by", Uuid),
)  # fmt: skip
