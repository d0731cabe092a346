"""What can be changed: parse, run one operation in one transaction, wrap."""

from __future__ import annotations

from typing import Any

import strawberry
from mediaclay_kernel.ids import parse_id

from clay_weather.operations import set_station
from clay_weather.records import NodeKey, Station
from clay_weather.state import Request
from clay_weather.types import Node


@strawberry.type
class Mutation:
    """The mutations of weather."""

    @strawberry.mutation(description="Says where on Earth a node is, in degrees.", graphql_type=Node)
    async def set_station(
        self, info: strawberry.Info[Request, Any], node: strawberry.ID, latitude: float, longitude: float
    ) -> NodeKey:
        """See `operations.set_station`."""
        at = info.context
        async with at.state.changelog.unit_of_work(at.principal) as work:
            station = await set_station(work, Station(parse_id(node, "node"), latitude, longitude))
        return NodeKey(station.node)
