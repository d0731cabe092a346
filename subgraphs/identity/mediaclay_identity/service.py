"""Identity as it runs: its database, prepared."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from mediaclay_kernel import bus, live, relay
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database, connect
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.migrations import require_applied
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.subgraph import Start

from mediaclay_identity import subgraph
from mediaclay_identity.granting import granting
from mediaclay_identity.operations.bootstrap import bootstrap
from mediaclay_identity.operations.issue_token import Terms
from mediaclay_identity.sources.trees import Trees
from mediaclay_identity.state import State

SCHEMA = subgraph.database_schema


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    """Identity at work. Raises `BadUserInput`, `Conflict` where migrations are missing, and `Unavailable`."""
    async with opened(start.settings) as database:
        secret = start.settings.service_secret
        async with database.transaction() as db:
            await bootstrap(db, None if secret is None else secret.get_secret_value())
        async with _at_work(start, Changelog(database, SCHEMA), database) as state:
            yield state


@asynccontextmanager
async def _at_work(start: Start, changelog: Changelog, database: Database) -> AsyncGenerator[State]:
    """Hands changes on, and answers what others ask of grants."""
    settings = start.settings
    async with AsyncExitStack() as stack:
        handed_to = None
        if settings.redis_url is not None:
            handed_to = await stack.enter_async_context(bus.connect(settings.redis_url.get_secret_value()))
            await stack.enter_async_context(relay.running(changelog, handed_to))
        url = settings.database_url.get_secret_value() if settings.database_url is not None else ""
        followed = await stack.enter_async_context(live.running(changelog, url, handed_to))
        grants = await stack.enter_async_context(granting(changelog, handed_to))
        start.access.keep(grants)
        trees = Trees(start.own.trees_url, start.http)
        yield State(database, changelog, terms(settings), grants, trees, followed)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """The database of identity, with all its tables. Raises `BadUserInput`, `Conflict` and `Unavailable`."""
    if settings.database_url is None:
        raise BadUserInput("CLAY_DATABASE_URL must name a PostgreSQL database.")
    url = settings.database_url.get_secret_value()
    await require_applied(url, SCHEMA, f"{__package__}.migrations")
    async with connect(url, SCHEMA) as database:
        yield database


def terms(settings: Settings) -> Terms:
    """What every token of this instance says of where it is good."""
    return Terms(settings.issuer, settings.audience)
