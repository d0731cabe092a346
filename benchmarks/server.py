"""A PostgreSQL of our own for one run, with the settings of `clay up` and its data in a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from mediaclay_kernel.database import DRIVER, plain_url
from mediaclay_kernel.migrations import migrate
from mediaclay_structure import subgraph

from mediaclay.embedded import postgres
from mediaclay.ports import any_free


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the folder of its data, and the address of its maintenance database."""

    home: Path
    url: str

    def database(self, name: str) -> str:
        """The address of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    async def execute(self, statement: str) -> None:
        """Runs a statement that stands outside of any database."""
        connection = await DRIVER.connect(plain_url(self.url))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def make(self, name: str) -> str:
        """A new database, migrated for the structure subgraph; its address."""
        await self.drop(name)
        await self.execute(f'CREATE DATABASE "{name}"')
        assert subgraph.migrations is not None
        await migrate(self.database(name), subgraph.database_schema, subgraph.migrations)
        return self.database(name)

    async def drop(self, name: str) -> None:
        """Ends a database and all who use it."""
        await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def running() -> Generator[Server]:
    """The server while it runs; its data is removed with it."""
    home = Path(tempfile.mkdtemp(prefix="clay-bench-"))
    try:
        with postgres.start(home, any_free()) as started:
            yield Server(home, started.url)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def facts() -> str:
    """What a figure depends on, and what does not change from day to day."""
    settings = ", ".join(f"{name} {postgres.SETTINGS[name]}" for name in ("shared_buffers", "work_mem", "max_wal_size"))
    return (
        f"{os.cpu_count()} cores. PostgreSQL {postgres.version()} on the same machine as the client, with the settings of "
        f"`clay up` ({settings}, wal_compression on) and durable commits (fsync and synchronous_commit on)."
    )
