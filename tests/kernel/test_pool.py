"""Connections are lent cheaply, and nobody starves for those that lie idle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import pytest
from mediaclay_kernel import database
from mediaclay_kernel.database import Database


@pytest.fixture
async def db(migrated: str) -> AsyncGenerator[Database]:
    async with database.connect(migrated, "kernel_test", most=3) as connected:
        yield connected


async def own(db: Database) -> int:
    """The process of the connection that answers."""
    return await db.pool.fetchval("SELECT pg_backend_pid()")


async def test_one_after_the_other_they_use_one_connection(db: Database):
    first = await own(db)
    assert {await own(db) for _ in range(20)} == {first}
    async with db.transaction() as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") == first
    assert await db.pool.execute("SELECT 1") == "SELECT 1"
    assert (await db.pool.fetchrow("SELECT 2 AS two"))["two"] == 2
    assert await db.pool.fetchval("SELECT 1 WHERE false") is None
    assert db.pool.in_use == 0


async def test_more_at_once_than_there_are_take_turns(db: Database):
    found = await asyncio.gather(*(own(db) for _ in range(30)))
    assert len(set(found)) <= 3
    assert db.pool.in_use == 0


async def test_who_wants_one_for_long_gets_what_others_gave_back(db: Database):
    async def statements() -> int:
        return len([await own(db) for _ in range(200)])

    async def transactions() -> int:
        done = 0
        for _ in range(20):
            async with db.transaction() as connection:
                await connection.execute("SELECT pg_sleep(0.002)")
                done += 1
        return done

    async with asyncio.timeout(20):
        done = await asyncio.gather(*(statements() for _ in range(4)), *(transactions() for _ in range(4)))
    assert done == [200] * 4 + [20] * 4
    assert db.pool.in_use == 0


async def test_a_statement_that_fails_leaves_a_connection_of_use(db: Database):
    with pytest.raises(asyncpg.DivisionByZeroError):
        await db.pool.fetch("SELECT 1/0")
    with pytest.raises(TimeoutError):
        await db.pool.fetch("SELECT pg_sleep(5)", timeout=0.05)
    assert await own(db)
    assert db.pool.in_use == 0


async def test_a_statement_that_is_cancelled_leaves_none_behind(db: Database):
    await asyncio.gather(*(own(db) for _ in range(9)))
    for moment in range(20):
        asking = asyncio.create_task(db.pool.fetch("SELECT pg_sleep(0.003)"))
        await asyncio.sleep(moment * 0.0003)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert db.pool.in_use == 0
    assert len(set(await asyncio.gather(*(own(db) for _ in range(9))))) <= 3


async def test_a_connection_that_was_cut_off_is_not_used_again(db: Database, migrated: str):
    before = await own(db)
    async with database.connect_apart(migrated, "other") as killer:
        await killer.fetchval("SELECT pg_terminate_backend($1)", before)
        await asyncio.sleep(0.05)
    assert await own(db) != before


async def test_a_transaction_that_was_left_open_is_not_handed_on(db: Database):
    async with db.pool.acquire() as connection:
        await connection.execute("BEGIN")
        await connection.execute("CREATE TEMPORARY TABLE left_open ()")
    assert await db.pool.fetchval("SELECT to_regclass('left_open')") is None
