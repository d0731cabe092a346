"""What changes anything. An operation takes parameters and gives a record; it knows no GraphQL, and commits nothing."""

from __future__ import annotations

from mediaclay_kernel.changelog import UnitOfWork
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.principal import Scope

from clay_weather import events, store
from clay_weather.records import Station


async def set_station(work: UnitOfWork, station: Station) -> Station:
    """Gives a node a place on Earth. Raises `Unauthenticated`, `Forbidden`, and `BadUserInput` for no such place."""
    work.principal.require(Scope.WRITE)
    # Written so that NaN, which compares as false, is refused too.
    if not (abs(station.latitude) <= 90 and abs(station.longitude) <= 180):
        raise BadUserInput("A latitude lies between -90 and 90 degrees, a longitude between -180 and 180.")
    await store.put(work.connection, station)
    work.record(events.station_set(station))
    return station
