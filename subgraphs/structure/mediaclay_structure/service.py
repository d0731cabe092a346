"""The running subgraph: its pool, its bus, its relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from mediaclay_kernel import bus, cache, database, live, relay
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.migrations import require_applied
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.subgraph import Start

from mediaclay_structure import purging, subgraph, tags
from mediaclay_structure.loaders.following import UNSETTLING
from mediaclay_structure.state import State
from mediaclay_structure.store.filtering import Filtering

SCHEMA = subgraph.database_schema
DAY = 86_400.0
"""Seconds."""


def database_url(settings: Settings) -> str:
    """Where the database is. Raises `BadUserInput` where nobody said it."""
    if settings.database_url is None:
        raise BadUserInput("CLAY_DATABASE_URL must name a PostgreSQL server; `clay up` starts one by itself.")
    return settings.database_url.get_secret_value()


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    """What the subgraph holds while it runs. The relay works only where there is a bus to hand changes to."""
    async with AsyncExitStack() as stack:
        url = database_url(start.settings)
        await require_applied(url, SCHEMA, f"{__package__}.migrations")
        pool = await stack.enter_async_context(database.connect(url, SCHEMA, most=start.own.connections))
        changelog = Changelog(pool, SCHEMA)
        handed_to = None
        if start.settings.redis_url is not None:
            address = start.settings.redis_url.get_secret_value()
            handed_to = await stack.enter_async_context(bus.connect(address))
            await stack.enter_async_context(relay.running(changelog, handed_to))
        seed = f"{start.own.filter_seconds}"
        results = await stack.enter_async_context(cache.running(changelog, url, start.settings, tags.purged, seed=seed))
        followed = await stack.enter_async_context(live.running(changelog, url, handed_to, UNSETTLING))
        start.access.book.listeners.append(followed.recheck)
        state = State(
            pool,
            changelog,
            handed_to,
            Filtering(start.own.filter_seconds, max(start.own.connections // 2, 1)),
            asyncio.Semaphore(max(start.own.connections // 3, 1)),
            followed,
            results,
        )
        await stack.enter_async_context(purging.running(state, start.own.keep_pruned_days * DAY))
        yield state
