"""Numbered .sql files, forward only, each in a transaction of its own, all under one advisory lock."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from mediaclay_kernel.database import DRIVER, plain_url, reachable
from mediaclay_kernel.errors import Conflict

KERNEL = "mediaclay_kernel.sql"

_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    package text NOT NULL, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package, name)
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `0001_changelog.sql` of a package."""

    package: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known(package: str) -> list[Migration]:
    """The kernel's own migrations and then those of `package`, each in the order of their numbers."""
    found: list[Migration] = []
    for name in (KERNEL, package):
        sources = sorted((f for f in files(name).iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
        found += [Migration(name, source.name, source.read_text()) for source in sources]
    return found


async def pending(url: str, schema: str, package: str) -> list[Migration]:
    """What `migrate` would apply. Raises `Conflict` where an applied file has changed since."""
    async with _connected(url, schema) as connection:
        if await connection.fetchval("SELECT to_regclass('migration')") is None:
            return known(package)
        return await _pending(connection, package)


async def require_applied(url: str, schema: str, package: str) -> None:
    """Raises `Conflict` where a migration has not been applied yet."""
    if missing := await pending(url, schema, package):
        names = ", ".join(migration.name for migration in missing)
        raise Conflict(f"The database lacks migrations of {schema} ({names}); run `clay migrate`.")


async def migrate(url: str, schema: str, package: str) -> list[Migration]:
    """Applies what is missing to `schema`, made if needed; answers what it applied."""
    async with _connected(url, schema) as connection:
        await connection.execute("SELECT pg_advisory_lock(hashtextextended('mediaclay migrations', 0))")
        await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        await connection.execute(_TABLE)
        missing = await _pending(connection, package)
        for migration in missing:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "INSERT INTO migration (package, name, checksum) VALUES ($1, $2, $3)",
                    migration.package, migration.name, migration.checksum,
                )  # fmt: skip
        return missing


async def _pending(connection: Any, package: str) -> list[Migration]:
    rows = await connection.fetch("SELECT package, name, checksum FROM migration")
    applied: dict[tuple[str, str], str] = {(row["package"], row["name"]): row["checksum"] for row in rows}
    missing: list[Migration] = []
    for migration in known(package):
        checksum = applied.get((migration.package, migration.name))
        if checksum is None:
            missing.append(migration)
        elif checksum != migration.checksum:
            raise Conflict(
                f"{migration.package}/{migration.name} has changed since it was applied; add a new file instead."
            )
    return missing


@asynccontextmanager
async def _connected(url: str, schema: str) -> AsyncGenerator[Any]:
    async with reachable():
        connection = await DRIVER.connect(
            plain_url(url), server_settings={"search_path": f'"{schema}"', "client_min_messages": "warning"}, timeout=10
        )
        try:
            yield connection
        finally:
            await connection.close()
