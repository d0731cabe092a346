"""Identity as it runs: its database, prepared."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database, connect
from mediaclay_kernel.errors import BadUserInput
from mediaclay_kernel.migrations import require_applied
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.subgraph import Start

from mediaclay_identity import subgraph
from mediaclay_identity.operations.bootstrap import bootstrap
from mediaclay_identity.operations.issue_token import Terms
from mediaclay_identity.state import State

SCHEMA = subgraph.database_schema


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    """Identity at work. Raises `BadUserInput`, `Conflict` where migrations are missing, and `Unavailable`."""
    async with opened(start.settings) as database:
        secret = start.settings.service_secret
        async with database.transaction() as db:
            await bootstrap(db, None if secret is None else secret.get_secret_value())
        yield State(database, Changelog(database, SCHEMA), terms(start.settings))


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
