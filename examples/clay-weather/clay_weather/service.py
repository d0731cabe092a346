"""The running subgraph: what it opens before its first request, and closes after the last."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from mediaclay_kernel import database
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.migrations import require_applied
from mediaclay_kernel.subgraph import Start

from clay_weather import subgraph
from clay_weather.state import State


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    """What the subgraph holds. Raises `BadUserInput`, `Conflict` where migrations are missing, and `Unavailable`."""
    if start.settings.database_url is None:
        raise BadUserInput("CLAY_DATABASE_URL must name a PostgreSQL server; `clay up` starts one by itself.")
    url, schema = start.settings.database_url.get_secret_value(), subgraph.database_schema
    await require_applied(url, schema, f"{__package__}.migrations")
    async with database.connect(url, schema) as pool:
        yield State(pool, Changelog(pool, schema), start.own.zenith)
