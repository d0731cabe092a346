"""All SQL of the subgraph: one named function for each statement, each taking many keys where it reads."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from mediaclay_kernel.database import Connection

from clay_weather.records import Station


async def by_nodes(db: Connection, nodes: Sequence[UUID]) -> list[Station]:
    """The stations of those nodes that have one."""
    rows = await db.fetch("SELECT node, latitude, longitude FROM station WHERE node = ANY($1::uuid[])", list(nodes))
    return [Station(*row) for row in rows]


async def put(db: Connection, station: Station) -> None:
    """Writes a station over the one that the node may have."""
    await db.execute(
        """
        INSERT INTO station (node, latitude, longitude) VALUES ($1, $2, $3)
        ON CONFLICT (node) DO UPDATE SET latitude = excluded.latitude, longitude = excluded.longitude
        """,
        *station,
    )
