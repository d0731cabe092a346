"""PostgreSQL as the kernel speaks to it, there and away."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from mediaclay_kernel import database
from mediaclay_kernel.changelog import Changelog
from mediaclay_kernel.database import Database, Statement, plain_url
from mediaclay_kernel.errors import Unavailable
from sqlalchemy import BigInteger, Column, MetaData, String, Table, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB, UUID

from mediaclay.embedded import postgres
from mediaclay.ports import any_free

THING = Table(
    "thing", MetaData(), Column("id", UUID, primary_key=True), Column("n", BigInteger), Column("kind", String),
    Column("properties", JSONB),
)  # fmt: skip
ADD = Statement(insert(THING).values(id=bindparam("id"), n=bindparam("n"), kind="plain", properties=bindparam("p")))
FIND = Statement(
    select(THING.c.n, THING.c.kind, THING.c.properties)
    .where(THING.c.kind == "plain", THING.c.n > bindparam("above"), THING.c.n <= bindparam("to"))
    .order_by(THING.c.n)
)
RENAME = Statement(update(THING).where(THING.c.n == bindparam("number")).values(kind=bindparam("new")))


@pytest.fixture
async def db(migrated: str):
    async with database.connect(migrated, "kernel_test") as connected:
        await connected.pool.execute("CREATE TABLE thing (id uuid PRIMARY KEY, n bigint, kind text, properties jsonb)")
        yield connected


async def test_a_statement_takes_its_values_by_name_and_keeps_those_it_was_written_with(db: Database):
    for n in (3, 1, 2):
        assert await ADD.run(db.pool, p={"n": n}, n=n, id=uuid4()) == "INSERT 0 1"
    found = await FIND.all(db.pool, to=3, above=1)
    assert [tuple(row) for row in found] == [(2, "plain", {"n": 2}), (3, "plain", {"n": 3})]
    assert await FIND.value(db.pool, above=0, to=9) == 1
    assert tuple(await FIND.one(db.pool, above=2, to=9) or ()) == (3, "plain", {"n": 3})
    assert await FIND.one(db.pool, above=9, to=9) is None
    assert await FIND.value(db.pool, above=9, to=9) is None
    assert await RENAME.run(db.pool, number=3, new="other") == "UPDATE 1"
    assert await FIND.one(db.pool, above=2, to=9) is None
    assert "$1" in FIND.sql


def test_a_value_that_is_missing_is_named():
    with pytest.raises(KeyError, match="above"):
        FIND.arguments({"to": 3})


async def test_json_goes_in_and_comes_out_as_it_was(db: Database):
    value = {"text": "é\n☃", "list": [1, 2.5, None, True, {}], "big": 2**53 + 1}
    await ADD.run(db.pool, id=uuid4(), n=1, p=value)
    await ADD.run(db.pool, id=uuid4(), n=2, p=b'{"as": "bytes"}')
    found = await FIND.all(db.pool, above=0, to=9)
    assert [row["properties"] for row in found] == [value, {"as": "bytes"}]


async def test_a_transaction_that_fails_leaves_nothing(db: Database):
    async def half() -> None:
        async with db.transaction() as connection:
            await ADD.run(connection, id=uuid4(), n=1, p={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()
    assert await db.pool.fetchval("SELECT count(*) FROM thing") == 0


async def left_in_the_midst(db: Database, rows: int, turns: int | None) -> None:
    """Copies so many rows to a sink that stands still, and is cancelled there, or some turns of the loop after it reads on."""
    stands, reads_on = asyncio.Event(), asyncio.Event()

    async def sink(_: bytes) -> None:
        stands.set()
        await reads_on.wait()

    async def copy() -> None:
        async with db.transaction(readonly=True) as connection:
            query = f"SELECT repeat('x', 1000) FROM generate_series(1, {rows})"
            await connection.copy_from_query(query, output=sink, timeout=3600)

    copying = asyncio.create_task(copy())
    await stands.wait()
    await asyncio.sleep(0.1)  # until the server has more to say, or has said all
    if turns is not None:
        reads_on.set()
        for _ in range(turns):
            await asyncio.sleep(0)
    copying.cancel()
    await copying


@pytest.mark.parametrize(("rows", "moments"), [(1, [None]), (100_000, [None, *range(8)])])
async def test_a_copy_that_is_cancelled_says_so_and_holds_no_connection(
    db: Database, rows: int, moments: list[int | None]
):
    for turns in moments:
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(20):
                await left_in_the_midst(db, rows, turns)
        assert db.pool.in_use == 0
        async with db.transaction() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_transaction_that_is_cancelled_at_any_moment_is_no_fault(
    db: Database, caplog: pytest.LogCaptureFixture
):
    async def work() -> None:
        async with db.transaction() as connection:
            await ADD.run(connection, id=uuid4(), n=1, p={})
            raise ZeroDivisionError

    await db.ping()
    for moment in range(20):
        working = asyncio.create_task(work())
        await asyncio.sleep(moment * 0.0002)
        working.cancel()
        with pytest.raises((asyncio.CancelledError, ZeroDivisionError)):
            await working
    assert db.pool.in_use == 0
    assert await db.pool.fetchval("SELECT count(*) FROM thing") == 0
    assert caplog.records == []


async def test_a_value_that_does_not_fit_is_no_outage(db: Database):
    with pytest.raises(Exception, match="invalid input") as caught:
        async with database.reachable():
            await db.pool.fetchval("SELECT $1::bigint", "many")
    assert not isinstance(caught.value, Unavailable)


async def test_closing_waits_for_what_is_under_way(migrated: str):
    done: list[Any] = []

    async def work(pool: Any) -> None:
        await asyncio.sleep(0.05)
        done.append(await pool.fetchval("SELECT 7"))

    async with database.connect(migrated, "kernel_test") as connected:
        connected.later(work(connected.pool))
    assert done == [7]


async def test_a_server_that_stops_and_comes_back_is_told_as_unavailable_meanwhile(tmp_path: Path):
    port = any_free()
    server = await asyncio.to_thread(postgres.start, tmp_path, port)
    try:
        async with database.connect(server.url, "public") as db:
            await db.ping()
            under_way = asyncio.create_task(slow(db))
            await asyncio.sleep(0.3)
            await asyncio.to_thread(server.stop)
            with pytest.raises(Unavailable):
                await under_way
            with pytest.raises(Unavailable, match="does not answer"):
                await db.ping()
            with pytest.raises(Unavailable):
                await Changelog(db, "public").after(uuid4(), 0, 1)
            with pytest.raises(Unavailable):
                async with db.transaction():
                    raise AssertionError
            server = await asyncio.to_thread(postgres.start, tmp_path, port)
            await db.ping()
            async with db.transaction() as connection:
                assert await connection.fetchval("SELECT 1") == 1
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_connection_that_hears_of_the_end_before_it_is_cut_off_is_told_as_unavailable(db: Database):
    async def hears() -> None:
        async with database.reachable(), db.pool.acquire() as connection:
            # What a dying server says to a connection that is idle; the cut comes a moment later.
            fields = b"SFATAL\0C57P02\0Mterminating connection because of crash of another server process\0\0"
            connection._con._protocol.data_received(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
            await connection.fetchval("SELECT 1")

    with pytest.raises(Unavailable, match="does not answer"):
        await hears()
    await db.ping()


async def slow(db: Database) -> None:
    async with db.transaction() as connection:
        await connection.execute("SELECT pg_sleep(60)")


async def test_a_wrong_password_and_a_wrong_database_are_told_apart_from_an_outage(url: str):
    wrong_password = url.replace(url.split(":")[2].split("@")[0], "guess")
    for wrong in (wrong_password, url.rsplit("/", 1)[0] + "/no_such_database"):
        async with database.connect(wrong, "public") as db:
            with pytest.raises(Unavailable, match="refuses us: is its name, user and password right"):
                await db.ping()


def test_an_address_may_name_sqlalchemys_driver():
    assert plain_url("postgresql+asyncpg://u:p@h:1/d?x=1") == "postgresql://u:p@h:1/d?x=1"
    assert plain_url("postgresql://h/d") == "postgresql://h/d"
