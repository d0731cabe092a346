"""What is known of a node and of a day: frozen values, without GraphQL and without SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A node, as other subgraphs know it."""

    id: UUID


class Station(NamedTuple):
    """Where on Earth a node is: degrees, north and east positive. A row of the table."""

    node: UUID
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Day:
    """The sun's course over a station on one day. No sunrise and sunset where it stays up or down all day."""

    station: Station
    date: date
    sunrise: datetime | None
    sunset: datetime | None
    minutes: int
    """How long the sun is up: 0 to 1440."""
