"""Databases with nothing but the kernel's own tables, and packages of migrations made by a test."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import pytest
from mediaclay_kernel import bus, database
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.migrations import KERNEL, migrate
from mediaclay_kernel.principal import Principal, PrincipalType
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running

from tests.kernel.support.cluster import Cluster, cluster
from tests.kernel.support.small import subgraph

Package = Callable[..., str]
SCHEMA = "kernel_test"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Writes a package of .sql files, by their names; answers the package's name."""
    monkeypatch.syspath_prepend(tmp_path)
    name = f"migrations_{new_id().hex}"

    def write(**files: str) -> str:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        for file, sql in files.items():
            (folder / f"{file.removeprefix('m')}.sql").write_text(sql)
        return name

    yield write
    sys.modules.pop(name, None)


@pytest.fixture
def url(new_database: Callable[..., str]) -> str:
    """An empty database."""
    return new_database()


@pytest.fixture
def migrated(url: str, package: Package) -> str:
    """A database with the kernel's tables."""
    asyncio.run(_migrated(url, package()))
    return url


async def _migrated(url: str, package: str) -> None:
    assert all(migration.package == KERNEL for migration in await migrate(url, SCHEMA, package))


@pytest.fixture
async def changelog(migrated: str) -> AsyncGenerator[Changelog]:
    async with database.connect(migrated, SCHEMA) as pool:
        yield Changelog(pool, SCHEMA)


@pytest.fixture
async def valkey(redis_url: str) -> AsyncGenerator[bus.RedisBus]:
    async with bus.connect(redis_url) as connected:
        yield connected


@pytest.fixture(scope="session")
def valkeys_in_a_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """For the whole run of a worker, since it takes some seconds to come up."""
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
async def on_cluster(valkeys_in_a_cluster: Cluster) -> AsyncGenerator[bus.RedisBus]:
    async with bus.connect(valkeys_in_a_cluster.url) as connected:
        yield connected


@pytest.fixture
def principal() -> Principal:
    return Principal(new_id(), PrincipalType.HUMAN, frozenset({"clay.write"}), (new_id(), new_id()))


@pytest.fixture
async def small() -> AsyncGenerator[Client]:
    """The small subgraph, which reads for everyone."""
    async with running(subgraph, Settings(public_read=True)) as client:
        yield client


@pytest.fixture
async def closed() -> AsyncGenerator[Client]:
    """The small subgraph, which reads for those with a token."""
    async with running(subgraph, Settings(public_read=False)) as client:
        yield client
