"""Where the sun stands: a pure rule.

The method of NOAA's solar calculator, which follows J. Meeus, Astronomical Algorithms (2nd edition, chapters 25 and 28).
NOAA states it as good to a minute between the latitudes of 72 degrees north and south, to ten minutes beyond.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from math import acos, asin, atan2, cos, degrees, radians, sin, tan

from clay_weather.records import Day, Station

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
MINUTES = 24 * 60
YEARS = range(1901, 2100)
"""For which the formulas are stated to hold."""


def sun_at(moment: datetime) -> tuple[float, float]:
    """The sun's declination in degrees, and the equation of time in minutes (sundial minus clock)."""
    t = (moment - J2000) / timedelta(days=36525)
    mean_longitude = 280.46646 + t * (36000.76983 + 0.0003032 * t)
    anomaly = radians(357.52911 + t * (35999.05029 - 0.0001537 * t))
    centre = (
        sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
        + sin(2 * anomaly) * (0.019993 - 0.000101 * t)
        + sin(3 * anomaly) * 0.000289
    )
    node = radians(125.04 - 1934.136 * t)
    longitude = radians(mean_longitude + centre - 0.00569 - 0.00478 * sin(node))
    tilt = radians(23.439291 - t * (0.0130042 + t * (0.00000016 - 0.000000504 * t)) + 0.00256 * cos(node))
    ascension = degrees(atan2(cos(tilt) * sin(longitude), cos(longitude)))
    ahead = (mean_longitude - 0.0057183 - ascension + 180) % 360 - 180
    return degrees(asin(sin(tilt) * sin(longitude))), 4 * ahead


def day(at: Station, on: date, zenith: float) -> Day:
    """The sun's course on the day `on` of the station's own meridian, in one of `YEARS`; times are UTC.

    `zenith` is how far from straight overhead the sun's centre stands when it rises and sets, in degrees.
    """
    midnight = datetime.combine(on, time(), UTC) - timedelta(minutes=4 * at.longitude)
    half = _half_day(at.latitude, midnight + timedelta(minutes=MINUTES / 2), zenith)
    if half in {0, MINUTES / 2}:
        return Day(at, on, None, None, round(2 * half))
    rise, set_ = (_crossing(at.latitude, midnight, half * side, zenith) for side in (-1, 1))
    return Day(at, on, rise, set_, round((set_ - rise) / timedelta(minutes=1)))


def _half_day(latitude: float, moment: datetime, zenith: float) -> float:
    """Minutes from noon to sunset with the sun where it is at `moment`: 0 to 720."""
    declination, _ = sun_at(moment)
    north, tilt = radians(latitude), radians(declination)
    cosine = cos(radians(zenith)) / (cos(north) * cos(tilt)) - tan(north) * tan(tilt)
    return 4 * degrees(acos(max(-1.0, min(1.0, cosine))))


def _crossing(latitude: float, midnight: datetime, guess: float, zenith: float) -> datetime:
    """Sunrise (`guess` negative) or sunset. The sun moves on between noon and then, so it is looked up there again."""
    moment = midnight + timedelta(minutes=MINUTES / 2 + guess)
    for _ in range(2):
        _, ahead = sun_at(moment)
        half = _half_day(latitude, moment, zenith)
        moment = midnight + timedelta(minutes=MINUTES / 2 - ahead + (half if guess > 0 else -half))
    return moment.replace(microsecond=0)
