"""What a part of the benchmarks is given."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from mediaclay_kernel import database
from mediaclay_kernel.changelog import Change, Changelog, UnitOfWork
from mediaclay_kernel.database import Connection, Database
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_structure.service import SCHEMA
from mediaclay_structure.transactions import run

from benchmarks.server import Server
from benchmarks.structure.data.tree import Tree

R = TypeVar("R")
BY = new_id()
PRINCIPAL = Principal(BY, PrincipalType.SERVICE, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))
_BEGAN = time.monotonic()


@dataclass(slots=True)
class Bench:
    """One data set, loaded into a database of its own, and how much is to be measured.

    `rounds` is how often the compared forms take turns, `seconds` how long each lasts that is measured for a time.
    `remarks` are sentences that the page shows below the part's table.
    """

    server: Server
    url: str
    pool: Database
    tree: Tree
    structure: UUID
    rounds: int = 7
    seconds: float = 15.0
    random: Random = field(default_factory=lambda: Random(7))
    remarks: list[str] = field(default_factory=list[str])

    @property
    def changelog(self) -> Changelog:
        """The changelog of the loaded structure."""
        return Changelog(self.pool, SCHEMA)

    async def do(self, operation: Callable[[UnitOfWork, bool], Awaitable[R]]) -> tuple[R, list[Change]]:
        """An operation as the service runs it: its transaction, its changelog, its repeats."""
        return await run(self.changelog, PRINCIPAL, operation)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """One connection as the service has it, so that both of two forms use the same."""
        async with self.pool.pool.acquire() as connection:
            yield connection

    async def execute(self, sql: str, *arguments: Any) -> None:
        """A statement that prepares something, however long it takes."""
        async with self.reading() as connection:
            await connection.execute(sql, *arguments, timeout=None)

    def say(self, what: str) -> None:
        """Progress, for whoever waits."""
        say(f"{self.tree.title}: {what}")


def say(what: str) -> None:
    """A line of progress on standard error, with the seconds since the start."""
    print(f"{time.monotonic() - _BEGAN:7.1f} s  {what}", file=sys.stderr, flush=True)


@asynccontextmanager
async def connected(url: str, most: int = 20) -> AsyncGenerator[Database]:
    """A pool as the service has it."""
    async with database.connect(url, SCHEMA, most=most) as pool:
        yield pool
