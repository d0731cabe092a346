"""What GraphQL shows: each type says which record it shows, and each field where it comes from."""

from __future__ import annotations

import datetime

import strawberry
from mediaclay_kernel.plan import column, path, shows

from clay_weather import loaders
from clay_weather.records import Day, NodeKey


@strawberry.type(description="A day at a node's station, as far as it can be computed: the sun.")
@shows(Day)
class Weather:
    """A day at a station."""

    date: datetime.date
    sunrise: datetime.datetime | None = column(
        "sunrise", description="In UTC; null where the sun does not cross the horizon on that day."
    )
    sunset: datetime.datetime | None
    day_length: int = column("minutes", description="In minutes: 0 in the polar night, 1440 under the midnight sun.")
    latitude: float = column("station.latitude")
    longitude: float = column("station.longitude")


@strawberry.federation.type(keys=["id"])
@shows(NodeKey, key=loaders.key, reference=loaders.nodes)
class Node:
    """The entity of structure, with a field of ours."""

    id: strawberry.ID
    weather: Weather | None = path(
        loaders.days,
        needs=["id"],
        description="The day `on`, today in UTC unless said; null for a node without a station.",
    )
