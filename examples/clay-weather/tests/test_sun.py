"""The pure rule, held against published values."""

# ruff: noqa: D103  (the name of a test is its sentence)

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from clay_weather.records import Station
from clay_weather.sun import day, sun_at

NODE = UUID(int=1)
ZENITH = 90.833


def at(latitude: float, longitude: float) -> Station:
    return Station(NODE, latitude, longitude)


def test_the_sun_stands_where_meeus_computes_it() -> None:
    declination, ahead = sun_at(datetime(1992, 10, 13, tzinfo=UTC))
    assert declination == pytest.approx(-7.78507, abs=0.00001)  # example 25.a
    assert ahead == pytest.approx(13.71, abs=0.05)  # example 28.b: 13 min 42.7 s


@pytest.mark.parametrize(
    ("on", "sunrise", "sunset"),
    [
        (date(2024, 6, 21), datetime(2024, 6, 21, 3, 43, tzinfo=UTC), datetime(2024, 6, 21, 20, 21, tzinfo=UTC)),
        (date(2023, 12, 21), datetime(2023, 12, 21, 8, 4, tzinfo=UTC), datetime(2023, 12, 21, 15, 53, tzinfo=UTC)),
    ],
)
def test_london_sees_the_sun_when_its_almanacs_say(on: date, sunrise: datetime, sunset: datetime) -> None:
    found = day(at(51.5074, -0.1278), on, ZENITH)
    assert found.sunrise is not None
    assert found.sunset is not None
    assert abs(found.sunrise - sunrise) <= timedelta(minutes=1)
    assert abs(found.sunset - sunset) <= timedelta(minutes=1)


@pytest.mark.parametrize(("latitude", "minutes"), [(69.65, 1440), (90, 1440), (-75, 0), (-90, 0)])
def test_near_the_poles_the_sun_stays_up_or_down_in_june(latitude: float, minutes: int) -> None:
    found = day(at(latitude, 18.96), date(2024, 6, 21), ZENITH)
    assert (found.sunrise, found.sunset, found.minutes) == (None, None, minutes)


def test_a_day_is_the_one_of_the_stations_own_meridian() -> None:
    wellington = day(at(-41.29, 174.78), date(2024, 1, 1), ZENITH)
    assert wellington.sunrise is not None
    assert wellington.sunrise.date() == date(2023, 12, 31)


def test_twilight_begins_before_sunrise() -> None:
    assert day(at(40, 0), date(2024, 3, 20), 96).minutes > day(at(40, 0), date(2024, 3, 20), ZENITH).minutes
