"""Migrations: forward only, each whole or not at all, and never two at once."""

import asyncio

import asyncpg
import pytest
from mediaclay_kernel.database import plain_url
from mediaclay_kernel.errors import Conflict, Unavailable
from mediaclay_kernel.migrations import KERNEL, known, migrate, pending, require_applied

from mediaclay.ports import any_free
from tests.kernel.conftest import Package

OURS = sorted({migration.name for migration in known(KERNEL)})
"""The kernel's own, which come first."""
ONE, TWO = "CREATE TABLE one (n int)", "CREATE TABLE two (n int)"


async def tables(url: str, schema: str = "s") -> set[str]:
    connection = await asyncpg.connect(plain_url(url))
    try:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", schema
        )
    finally:
        await connection.close()
    return {row["table_name"] for row in rows} - {"migration", "changelog", "changelog_head", "changelog_relay"}


async def names(url: str, package: str) -> list[str]:
    return [migration.name for migration in await pending(url, "s", package)]


async def test_they_are_applied_in_the_order_of_their_numbers_and_once(url: str, package: Package):
    name = package(m0002_more="INSERT INTO one VALUES (1)", m0001_first=ONE)
    wanted = [*OURS, "0001_first.sql", "0002_more.sql"]
    assert await names(url, name) == wanted
    assert [each.name for each in await migrate(url, "s", name)] == wanted
    assert await migrate(url, "s", name) == await pending(url, "s", name) == []
    package(m0003_last=TWO)
    assert await names(url, name) == ["0003_last.sql"]
    await migrate(url, "s", name)
    assert await tables(url) == {"one", "two"}


async def test_looking_makes_nothing(url: str, package: Package):
    await pending(url, "s", package(m0001_first=ONE))
    connection = await asyncpg.connect(plain_url(url))
    try:
        assert await connection.fetchval("SELECT to_regnamespace('s')") is None
    finally:
        await connection.close()


async def test_six_at_once_apply_each_once(url: str, package: Package):
    name = package(m0001_first=ONE, m0002_slow="SELECT pg_sleep(0.2)", m0003_last="INSERT INTO one VALUES (1)")
    done = await asyncio.gather(*(migrate(url, "s", name) for _ in range(6)))
    assert sorted(len(applied) for applied in done) == [0, 0, 0, 0, 0, len(OURS) + 3]


async def test_one_that_fails_leaves_nothing_of_itself_and_keeps_those_before(url: str, package: Package):
    name = package(m0001_first=ONE, m0002_half=f"{TWO}; SELECT 1 / 0", m0003_last="CREATE TABLE three (n int)")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(url, "s", name)
    assert await tables(url) == {"one"}
    assert await names(url, name) == ["0002_half.sql", "0003_last.sql"]
    package(m0002_half=TWO)
    await migrate(url, "s", name)
    assert await tables(url) == {"one", "two", "three"}


async def test_a_file_that_changed_since_is_refused_and_nothing_is_applied(url: str, package: Package):
    name = package(m0001_first=ONE)
    await migrate(url, "s", name)
    package(m0001_first=f"{ONE} -- improved", m0002_more=TWO)
    for work in (migrate, pending):
        with pytest.raises(Conflict, match=rf"{name}/0001_first\.sql has changed since it was applied; add a new file"):
            await work(url, "s", name)
    assert await tables(url) == {"one"}


async def test_a_start_without_them_is_told_what_to_run(url: str, package: Package):
    name = package(m0001_first=ONE)
    with pytest.raises(
        Conflict, match=rf"lacks migrations of s \({', '.join([*OURS, '0001_first.sql'])}\); run `clay migrate`"
    ):
        await require_applied(url, "s", name)
    await migrate(url, "s", name)
    await require_applied(url, "s", name)


async def test_two_subgraphs_do_not_touch_each_other(url: str, package: Package):
    name = package(m0001_first=ONE)
    await migrate(url, "s", name)
    await migrate(url, "t", name)
    assert await tables(url, "s") == await tables(url, "t") == {"one"}
    assert await tables(url, "public") == set()


async def test_a_server_that_is_away_is_told(package: Package):
    with pytest.raises(Unavailable, match="does not answer"):
        await migrate(f"postgresql://u:p@127.0.0.1:{any_free()}/d", "s", package())
