"""Filters on their way to the store: checked, with an end to the time they take, and with errors that clients can use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
from mediaclay_kernel.database import Connection
from mediaclay_kernel.errors import BadUserInput, LimitExceeded, Unavailable

from mediaclay_structure.limits import IDS, NAME_CHARACTERS, WHERE_CHARACTERS
from mediaclay_structure.records import NodeFilter
from mediaclay_structure.state import Request
from mediaclay_structure.store.filters import Deadline, Search
from mediaclay_structure.store.predicates import refused


def check_filter(wanted: NodeFilter) -> NodeFilter:
    """What can be said of a filter without the database. Raises `BadUserInput`, `LimitExceeded`."""
    if wanted.where is not None:
        if len(wanted.where) > WHERE_CHARACTERS:
            raise LimitExceeded(f"`where` has at most {WHERE_CHARACTERS:,} characters.", limit=WHERE_CHARACTERS)
        if (at := _unspeakable(wanted.where)) is not None:
            raise refused(at, "", "PostgreSQL knows no such character")
    if wanted.kinds is not None and len(wanted.kinds) > IDS:
        raise LimitExceeded(f"`kinds` names at most {IDS:,}.", limit=IDS)
    if wanted.name_contains is not None and len(wanted.name_contains) > NAME_CHARACTERS:
        raise LimitExceeded(f"`nameContains` has at most {NAME_CHARACTERS:,} characters.", limit=NAME_CHARACTERS)
    for text in (wanted.name_contains or "", *(wanted.kinds or ())):
        if _unspeakable(text) is not None:
            raise BadUserInput("A filter holds a NUL character, or half of a character.")
    return wanted


def _unspeakable(text: str) -> int | None:
    """The place of the first character that PostgreSQL has no room for: NUL, and half of a surrogate pair."""
    return next((at for at, c in enumerate(text) if c == "\0" or "\ud800" <= c <= "\udfff"), None)


@asynccontextmanager
async def searching(
    at: Request, wanted: NodeFilter, deadline: Deadline | None = None
) -> AsyncGenerator[tuple[Connection, Search]]:
    """One snapshot in which a filter may be asked, and the filter as the store wants it.

    Raises `BadUserInput` for what is wrong with the filter, `LimitExceeded` at the deadline (lists of one field share
    one), and `Unavailable` where too many others are at it.
    """
    deadline = deadline or Deadline(at.state.filtering.seconds)
    transaction = at.state.database.transaction("repeatable_read", readonly=True)
    async with _turn(at, deadline), _explained(wanted, deadline), transaction as db:
        await deadline.hold(db)
        yield db, Search(wanted, await _normal(at, db, wanted), deadline)


async def _normal(at: Request, db: Connection, wanted: NodeFilter) -> str | None:
    """The predicate as PostgreSQL writes it, where an index serves it."""
    if wanted.where is None:
        return None
    known = await at.state.filtering.predicates.check(db, wanted.where)
    return known.normal if known.indexed else None


@asynccontextmanager
async def _turn(at: Request, deadline: Deadline) -> AsyncGenerator[None]:
    turns = at.state.filtering.turns
    try:
        await asyncio.wait_for(turns.acquire(), deadline.left)
    except TimeoutError:
        raise Unavailable("Too many filtered lists are being read at once; try again.") from None
    try:
        yield
    finally:
        turns.release()


@asynccontextmanager
async def _explained(wanted: NodeFilter, deadline: Deadline) -> AsyncGenerator[None]:
    """Turns what PostgreSQL says of a predicate that meets a value it can't deal with into `BadUserInput`."""
    try:
        yield
    except asyncpg.QueryCanceledError:
        raise deadline.passed() from None
    except asyncpg.PostgresError as error:
        state = str(getattr(error, "sqlstate", ""))
        if wanted.where is None or not state.startswith(("0A", "22", "42", "54")):
            raise
        raise BadUserInput(f"`where` can't be used on these properties: {error}") from None
