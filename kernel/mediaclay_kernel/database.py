"""PostgreSQL: SQLAlchemy says the statements, asyncpg runs them.

A statement is compiled once. Through SQLAlchemy's own engine a one-row read costs several times the processor time
that it costs here, which is why only its compiler is used at run time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from mediaclay_kernel.encoding import to_json
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.pool import Pool

DIALECT: Any = PGDialect_asyncpg(paramstyle="numeric_dollar")  # pyright: ignore[reportUnknownMemberType]
DRIVER: Any = asyncpg
UNREACHABLE = (
    OSError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,  # what a query is told that the server cuts off because it stops
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that has heard that its server is dying, and is not cut off yet
)

GIVING_UP = 2.0
"""Seconds that a rollback may take. It is a matter of milliseconds, or the connection is of no more use."""

Row = asyncpg.Record
Connection = Any
"""An asyncpg connection, or a pool: both fetch."""


def _compile(statement: Any) -> Any:
    return statement.compile(dialect=DIALECT)


class Statement:
    """A SQLAlchemy statement, compiled once. Its bind parameters are given by name."""

    __slots__ = ("_names", "_preset", "sql")

    def __init__(self, statement: Executable) -> None:
        compiled: Any = _compile(statement)
        self.sql = compiled.string
        self._names: Sequence[str] = compiled.positiontup or ()
        self._preset = {name: value for name, value in compiled.params.items() if value is not None}

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """The values in the order of the placeholders. Raises `KeyError` for one that is missing."""
        return [given[name] if name in given else self._preset[name] for name in self._names]

    async def all(self, db: Connection, **given: Any) -> list[Row]:
        """Every row."""
        return await db.fetch(self.sql, *self.arguments(given))

    async def rows(self, db: Connection, *values: Any) -> list[Row]:
        """Every row; the values in the order in which the statement names them first. For what is asked most."""
        return await db.fetch(self.sql, *values)

    async def one(self, db: Connection, **given: Any) -> Row | None:
        """The first row, or None."""
        return await db.fetchrow(self.sql, *self.arguments(given))

    async def value(self, db: Connection, **given: Any) -> Any:
        """The first column of the first row, or None."""
        return await db.fetchval(self.sql, *self.arguments(given))

    async def run(self, db: Connection, **given: Any) -> str:
        """Runs it; answers the server's command tag."""
        return await db.execute(self.sql, *self.arguments(given))


class Database:
    """A pool of connections whose search path is one subgraph's own schema."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._later: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Does `work` beside the request that asked for it. Closing waits a little for what is under way."""
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)
        return task

    async def close(self, patience: float = 1.0) -> None:
        """Closes the connections, those too that are in use after `patience` seconds."""
        if self._later:
            await asyncio.wait(self._later, timeout=patience)
        self.pool.terminate()

    @asynccontextmanager
    async def transaction(
        self, isolation: str = "read_committed", readonly: bool = False
    ) -> AsyncGenerator[Connection]:
        """One transaction. Raises `Unavailable` where PostgreSQL can't be reached."""
        async with reachable(), self.pool.acquire() as connection:
            transaction = connection.transaction(isolation=isolation, readonly=readonly)
            await transaction.__aenter__()
            try:
                yield connection
            except BaseException as error:
                await _give_up(connection, transaction, error)
                raise
            await transaction.__aexit__(None, None, None)

    async def ping(self) -> None:
        """Asks for one row. Raises `Unavailable`."""
        async with reachable():
            await self.pool.fetchval("SELECT 1", timeout=2)


class reachable:  # noqa: N801  (used as a function is: a context manager made of a generator costs five times as much)
    """Turns what asyncpg says of a server that is away into `Unavailable`."""

    __slots__ = ()

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case TimeoutError():
                raise Unavailable("The database is too slow to answer; try again.") from error
            case ValueError():  # asyncpg counts a value that does not fit its type among the errors of an interface
                return
            case asyncpg.InvalidCatalogNameError() | asyncpg.InvalidAuthorizationSpecificationError():
                raise Unavailable("The database refuses us: is its name, user and password right?") from error
            case _ if isinstance(error, UNREACHABLE):
                raise Unavailable("The database does not answer; try again.") from error
            case _:
                return


async def _give_up(connection: Any, transaction: Any, error: BaseException) -> None:
    """Rolls back, or closes the connection, which is the same to the server. `error` stays what the caller hears of.

    A COPY that is cancelled as a block arrives goes on unseen by asyncpg, which then refuses to roll back; one that is
    cancelled while its last block is handed on leaves asyncpg waiting for an answer that never comes.
    """
    try:
        async with asyncio.timeout(GIVING_UP):
            await transaction.__aexit__(type(error), error, error.__traceback__)
    except (*UNREACHABLE, asyncpg.PostgresError):  # a TimeoutError is an OSError
        with suppress(asyncpg.InterfaceError):  # closed and given back already
            connection.terminate()


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary",
        encoder=lambda value: b"\x01" + (value if isinstance(value, bytes) else to_json(value)),  # pyright: ignore
        decoder=lambda data: orjson.loads(memoryview(data)[1:]),  # pyright: ignore
    )  # fmt: skip


async def _reset(connection: Any) -> None:
    """What a connection is put back with: nothing, unless somebody left a transaction open.

    asyncpg would send RESET ALL and more, a round trip with each statement. Settings and locks of ours end with their
    transaction, and a listener keeps its connection.
    """
    if connection.is_in_transaction():
        await connection.reset()


def plain_url(url: str) -> str:
    """The address as asyncpg wants it, without SQLAlchemy's driver name."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme=parts.scheme.split("+", 1)[0]))


def _session(schema: str) -> dict[str, str]:
    return {"search_path": f'"{schema}"', "application_name": f"mediaclay {schema}", "jit": "off"}


@asynccontextmanager
async def connect(url: str, schema: str, *, most: int = 10) -> AsyncGenerator[Database]:
    """A pool of at most `most` connections to `url`, opened lazily: a server that is away fails requests, not the start."""
    pool = DRIVER.create_pool(
        plain_url(url), min_size=0, max_size=most, init=_prepare, reset=_reset, command_timeout=60, statement_cache_size=1000,
        server_settings=_session(schema),
    )  # fmt: skip
    database = Database(Pool(await pool))
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def connect_apart(url: str, schema: str) -> AsyncGenerator[Connection]:
    """One connection beside any pool, for who listens on it all the time. Raises what asyncpg does."""
    connection = await DRIVER.connect(plain_url(url), timeout=10, command_timeout=60, server_settings=_session(schema))
    try:
        await _prepare(connection)
        yield connection
    finally:
        connection.terminate()
