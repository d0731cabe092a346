"""Scalars that a plan leaves to orjson are written as Strawberry writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import orjson
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from mediaclay_kernel.answering import encode
from mediaclay_kernel.plan import shows
from mediaclay_kernel.plan.leaves import leaf
from mediaclay_kernel.plan.places import TOP
from mediaclay_kernel.plan.run import Run


class Seen(NamedTuple):
    at: datetime


@strawberry.type
@shows(Seen)
class Query:
    at: datetime | None


SCALAR: Any = strawberry.Schema(query=Query)._schema.get_type("DateTime")
NOWHERE: Any = None
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), None])


@given(st.lists(st.none() | st.datetimes(timezones=ZONES), max_size=5))
def test_times_are_written_as_isoformat_writes_them(times: list[datetime | None]):
    made = leaf(SCALAR, NOWHERE)(Run(None, NOWHERE, False, False), TOP, times)
    assert encode(made) == orjson.dumps([None if time is None else time.isoformat() for time in times])
