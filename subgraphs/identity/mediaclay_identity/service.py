"""Identity as it runs: its database, prepared, and what works in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import httpx
from mediaclay_kernel import live, relay
from mediaclay_kernel.background import beside
from mediaclay_kernel.changelog import Change, Changelog
from mediaclay_kernel.database import Database, connect
from mediaclay_kernel.errors import BadUserInput, ClayError
from mediaclay_kernel.migrations import require_applied
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.subgraph import Start
from mediaclay_kernel.tokens import Trust, Verifier, trusted
from mediaclay_kernel.watching import Hearers, least_of

from mediaclay_identity import subgraph
from mediaclay_identity.events import STANDINGS
from mediaclay_identity.granting import Granting, granting
from mediaclay_identity.oidc import guarded
from mediaclay_identity.oidc.client_keys import ClientKeys
from mediaclay_identity.oidc.directory import LocalDirectory
from mediaclay_identity.oidc.documents import Documents
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.operations.bootstrap import bootstrap
from mediaclay_identity.operations.issue_token import Terms
from mediaclay_identity.operations.passkeys import Party
from mediaclay_identity.operations.rotate_keys import rotate_keys
from mediaclay_identity.passwords import Passwords
from mediaclay_identity.routes.visit import origin_of
from mediaclay_identity.settings import IdentitySettings
from mediaclay_identity.sources.own_keys import OwnKeys
from mediaclay_identity.sources.standings import LocalStandings
from mediaclay_identity.sources.trees import Trees
from mediaclay_identity.state import State
from mediaclay_identity.store import audit, delegations

SCHEMA = subgraph.database_schema
HOUR = 3600.0
log = logging.getLogger(__name__)


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[State]:
    """Identity at work. Raises `BadUserInput`, `Conflict` where migrations are missing, and `Unavailable`."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened(start.settings))
        secret = start.settings.service_secret
        async with database.transaction() as db:
            await bootstrap(db, None if secret is None else secret.get_secret_value())
        strange = await stack.enter_async_context(guarded.client())
        changelog = Changelog(database, SCHEMA)
        followed = await stack.enter_async_context(live.running(changelog, _url(start.settings), start.watch.bus))
        grants = await stack.enter_async_context(granting(changelog, start.watch.bus))
        start.access.keep(grants)
        state = _state(start, database, strange, grants, followed)
        _keep_standings(start, state)
        start.verifier.directory = LocalDirectory(database, start.verifier)
        if state.hearers is not None and start.watch.bus is not None:
            await stack.enter_async_context(relay.running(state.changelog, start.watch.bus))
            await stack.enter_async_context(beside(state.hearers.run(start.watch.bus)))
        await stack.enter_async_context(beside(_tidy(database, start.own)))
        yield state


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Database]:
    """The database of identity, with all its tables. Raises `BadUserInput`, `Conflict` and `Unavailable`."""
    url = _url(settings)
    await require_applied(url, SCHEMA, f"{__package__}.migrations")
    async with connect(url, SCHEMA) as database:
        yield database


def _url(settings: Settings) -> str:
    if settings.database_url is None:
        raise BadUserInput("CLAY_DATABASE_URL must name a PostgreSQL database.")
    return settings.database_url.get_secret_value()


def terms(settings: Settings, resources: str = "") -> Terms:
    """What every token of this instance says of where it is good."""
    return Terms(settings.issuer, settings.audience, tuple(resources.split()))


def _state(
    start: Start, database: Database, strange: httpx.AsyncClient, grants: Granting, followed: live.Live
) -> State:
    own: IdentitySettings = start.own
    changelog, said = grants.changelog, terms(start.settings, own.resources or "")
    provider = Provider(
        database, changelog, said, _own_verifier(start, database), _own_verifier(start, database, said.resources),
        Passwords(), ClientKeys(start.http, strange), Documents(strange) if own.client_documents else None,
    )  # fmt: skip
    hearers = None if start.watch.bus is None else Hearers()
    proxies = tuple((own.trusted_proxies or "").split())
    party = Party(origin_of(said.issuer))
    trees = Trees(own.trees_url, start.http)
    return State(
        database, changelog, said, provider, LocalStandings(changelog), hearers, party, proxies, grants, trees, followed
    )


def _own_verifier(start: Start, database: Database, more: tuple[str, ...] = ()) -> Verifier:
    """Judges what we signed ourselves, for our audience and for `more`."""
    [own] = [each for each in trusted(start.settings) if each.own]
    wide = own.model_copy(update={"audience": (*own.audiences, *more)})
    return Verifier([Trust(wide, OwnKeys(database))], start.watch.standing)


def _keep_standings(start: Start, state: State) -> None:
    """Hears of standings from the database, and of those that this process changes itself before it answers."""
    start.watch.source = state.standings

    def heard(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.stream == STANDINGS:
                start.watch.standing.apply(least_of(change))

    state.changelog.hearers.append(heard)


async def _tidy(database: Database, own: IdentitySettings) -> None:
    """Rotates keys that are due and deletes what has ended, each hour; ends only when cancelled."""
    while True:
        try:
            async with database.transaction() as db:
                await rotate_keys(db, older_than=timedelta(days=own.key_days))
                await delegations.sweep(db)
                await audit.forget(db, timedelta(days=own.audit_days))
        except ClayError as error:
            log.warning("Tidying up waits for an hour: %s", error)
        except Exception:
            log.exception("Tidying up fell over")
        await asyncio.sleep(HOUR)
