"""How days and nodes are found: each function is given many keys, and answers in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.ids import parse_id
from mediaclay_kernel.loading import in_order

from clay_weather import store, sun
from clay_weather.records import Day, NodeKey
from clay_weather.state import Request


def key(representation: Mapping[str, Any]) -> NodeKey:
    """The node that the router speaks of. Raises `BadUserInput`, which costs this one node alone."""
    return NodeKey(parse_id(representation["id"]))


async def nodes(at: Request, keys: Sequence[NodeKey]) -> list[NodeKey]:
    """The nodes: whether they exist is for structure to say. Raises `Unauthenticated`, `Forbidden`."""
    at.require_read()
    return list(keys)


async def days(at: Request, of: Sequence[NodeKey], *, on: date | None = None) -> list[Day | None]:
    """The day `on`, today in UTC unless said, at each node; None for one without a station. Raises `BadUserInput`."""
    wanted = on or datetime.now(UTC).date()
    if wanted.year not in sun.YEARS:
        raise BadUserInput(f"on must lie in the years from {sun.YEARS[0]} to {sun.YEARS[-1]}.")
    ids = [node.id for node in of]
    async with reachable():
        stations = in_order(await store.by_nodes(at.state.database.pool, ids), attrgetter("node"), ids)
    return [station and sun.day(station, wanted, at.state.zenith) for station in stations]
