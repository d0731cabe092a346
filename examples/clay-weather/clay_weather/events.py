"""What has happened, in the past tense. Each node is a stream of our changelog."""

from __future__ import annotations

from mediaclay_kernel.changelog import Event

from clay_weather.records import Station


def station_set(station: Station) -> Event:
    """A node was given a place on Earth, or another one."""
    return Event(
        "STATION_SET", station.node, station.node, {"latitude": station.latitude, "longitude": station.longitude}
    )
