"""Connections to PostgreSQL, lent at the price of a function call.

asyncpg's pool makes a task, a proxy and two timers for each time that it lends a connection, which is a third of what a
short read costs. So a few connections stay with us while nobody uses them, and go back as soon as somebody waits.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

KEPT = 4
"""Idle connections that stay with us. asyncpg closes the others when nobody has wanted them for five minutes."""


class Pool:
    """asyncpg's pool, before which it stands. Raises what that raises."""

    def __init__(self, lent: Any) -> None:
        self._lent = lent
        self._idle: list[Any] = []
        self._waiting = 0

    async def fetch(self, sql: str, *values: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Every row of a statement that is a transaction of its own."""
        return await self._run("fetch", sql, values, timeout)

    async def fetchrow(self, sql: str, *values: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Its first row, or None."""
        return await self._run("fetchrow", sql, values, timeout)

    async def fetchval(self, sql: str, *values: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """The first column of its first row, or None."""
        row = await self._run("fetchrow", sql, values, timeout)
        return None if row is None else row[0]

    async def execute(self, sql: str, *values: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """Runs it; answers the server's command tag."""
        return await self._run("execute", sql, values, timeout)

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[Any]:
        """A connection for oneself."""
        connection = await self._take()
        try:
            yield connection
        except BaseException:
            await self._lent.release(connection)
            raise
        await self._put(connection)

    @property
    def in_use(self) -> int:
        """How many connections somebody has, or runs a statement on."""
        return self._lent.get_size() - self._lent.get_idle_size() - len(self._idle)

    def terminate(self) -> None:
        """Closes all connections, those too that are in use."""
        self._idle.clear()
        self._lent.terminate()

    async def _run(self, method: str, sql: str, values: tuple[Any, ...], patience: float | None) -> Any:
        connection = await self._take()
        try:
            found = await getattr(connection, method)(sql, *values, timeout=patience)
        except BaseException:
            await self._lent.release(connection)  # asyncpg looks what state it is in
            raise
        await self._put(connection)
        return found

    async def _take(self) -> Any:
        while self._idle:
            connection = self._idle.pop()  # that which was used last: what is used most is prepared on it
            if _is_alive(connection):
                return connection
            await self._lent.release(connection)
        self._waiting += 1
        try:
            return await self._lent.acquire()
        finally:
            self._waiting -= 1

    async def _put(self, connection: Any) -> None:
        is_kept = not self._waiting and len(self._idle) < KEPT and _is_alive(connection)
        if not is_kept or connection.is_in_transaction():
            await self._lent.release(connection)
        else:
            self._idle.append(connection)


def _is_alive(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it was cut off, and asyncpg has taken it back by itself
        return False
