"""The relay: every committed change reaches the bus, in order, whoever leads and whoever is away."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from mediaclay_kernel import bus as buses
from mediaclay_kernel import database, relay
from mediaclay_kernel.bus import Message
from mediaclay_kernel.changelog import Changelog, Event
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.relay import Relay, stream_name

from mediaclay.embedded import valkey as valkeys
from mediaclay.ports import any_free
from tests.kernel.conftest import SCHEMA

LEADERS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"


class Heard:
    """A bus that keeps what it is given, and can be away."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, int]] = []
        self.streams: set[str] = set()
        self.away = False

    async def publish(self, stream: str, messages: list[Message]) -> None:
        if self.away:
            raise Unavailable
        self.streams.add(stream)
        self.messages += [(message["stream"], int(message["revision"])) for message in messages]

    def listen(self, stream: str):
        raise NotImplementedError

    async def ping(self) -> None:
        return None

    def first_times(self, stream: UUID) -> list[int]:
        """The revisions of a stream in the order in which each was heard first: at least once is promised."""
        return list(dict.fromkeys(revision for name, revision in self.messages if name == str(stream)))


@pytest.fixture
def append(changelog: Changelog, principal: Principal) -> Callable[[UUID, int], Awaitable[None]]:
    async def write(stream: UUID, count: int) -> None:
        for _ in range(count):
            async with changelog.unit_of_work(principal) as work:
                work.record(Event("CREATED", stream, new_id(), {}))

    return write


Append = Callable[[UUID, int], Awaitable[None]]


async def until(right: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not right():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def another(url: str, heard: Heard) -> AsyncGenerator[None]:
    """A relay of another process, as far as the database can tell."""
    async with database.connect(url, SCHEMA) as pool, relay.running(Changelog(pool, SCHEMA), heard):
        yield


async def test_each_change_is_handed_on_once_where_nothing_goes_wrong(changelog: Changelog, append: Append):
    heard, one, other = Heard(), new_id(), new_id()
    hand = Relay(changelog, heard)
    await append(one, 3)
    await append(other, 2)
    assert await hand.hand_on() == 5
    assert await hand.hand_on() == 0
    await append(one, 1)
    assert await hand.hand_on() == 1
    assert heard.first_times(one) == [1, 2, 3, 4]
    assert heard.first_times(other) == [1, 2]
    assert len(heard.messages) == 6
    assert heard.streams == {stream_name(SCHEMA)} == {f"clay:{SCHEMA}:changes"}


async def test_more_than_a_batch_is_handed_on_in_order(changelog: Changelog, principal: Principal):
    heard, stream = Heard(), new_id()
    async with changelog.unit_of_work(principal) as work:
        for _ in range(relay.BATCH + 10):
            work.record(Event("CREATED", stream, new_id(), {}))
    hand = Relay(changelog, heard)
    assert [await hand.hand_on(), await hand.hand_on(), await hand.hand_on()] == [relay.BATCH, 10, 0]
    assert heard.messages == [(str(stream), number + 1) for number in range(relay.BATCH + 10)]


async def test_what_may_have_been_heard_is_handed_on_again_rather_than_lost(changelog: Changelog, append: Append):
    heard, stream = Heard(), new_id()
    hand = Relay(changelog, heard)
    await append(stream, 3)
    await hand.hand_on()
    # As if it had ended between telling the bus and writing that down.
    await changelog.database.pool.execute("UPDATE changelog_relay SET revision = 1")
    assert await hand.hand_on() == 2
    assert [revision for _, revision in heard.messages] == [1, 2, 3, 2, 3]
    assert await hand.hand_on() == 0


async def test_a_bus_that_is_away_costs_nothing_but_time(
    changelog: Changelog, append: Append, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relay, "IDLE", 0.1)
    heard, stream = Heard(), new_id()
    heard.away = True
    await append(stream, 3)
    with pytest.raises(Unavailable):
        await Relay(changelog, heard).hand_on()
    async with relay.running(changelog, heard):
        await append(stream, 3)
        assert heard.messages == []
        heard.away = False
        await until(lambda: heard.first_times(stream) == [1, 2, 3, 4, 5, 6])


async def test_a_committed_change_arrives_at_once(changelog: Changelog, append: Append):
    heard, stream = Heard(), new_id()
    async with relay.running(changelog, heard):
        await append(stream, 1)
        await until(lambda: len(heard.messages) == 1)
        await asyncio.sleep(0.2)  # it waits to be woken now
        began = asyncio.get_running_loop().time()
        await append(stream, 1)
        await until(lambda: len(heard.messages) == 2)
        assert asyncio.get_running_loop().time() - began < relay.IDLE * 0.7


async def test_one_of_two_leads_and_when_its_connection_is_killed_nothing_is_lost(
    migrated: str, changelog: Changelog, append: Append
):
    one, other, stream = Heard(), Heard(), new_id()
    pool = changelog.database.pool
    async with another(migrated, one), another(migrated, other):
        await append(stream, 5)
        await until(lambda: len(one.messages) + len(other.messages) >= 5)
        assert [] in (one.messages, other.messages)
        for round_ in range(3):
            [leader] = [row["pid"] for row in await pool.fetch(LEADERS)]
            assert await pool.fetchval("SELECT pg_terminate_backend($1, 5000)", leader)
            await append(stream, 5)
            last = 10 + 5 * round_
            await until(lambda: last in one.first_times(stream) + other.first_times(stream))  # noqa: B023
            async with asyncio.timeout(20):
                while len(await pool.fetch(LEADERS)) != 1:
                    await asyncio.sleep(0.05)
    for heard in (one, other):
        revisions = heard.first_times(stream)
        assert revisions == sorted(revisions)
    assert set(one.first_times(stream)) | set(other.first_times(stream)) == set(range(1, 21))
    assert await pool.fetch(LEADERS) == []


async def test_it_outlives_an_error_that_nobody_foresaw(
    changelog: Changelog, append: Append, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(relay, "IDLE", 0.1)
    monkeypatch.setattr(relay, "LONGEST", 0.1)
    heard, stream, pool = Heard(), new_id(), changelog.database.pool
    await pool.execute("ALTER TABLE changelog_relay RENAME TO away")
    async with relay.running(changelog, heard):
        await append(stream, 2)
        await until(lambda: "The relay fell over" in caplog.text)
        await pool.execute("ALTER TABLE away RENAME TO changelog_relay")
        await until(lambda: heard.first_times(stream) == [1, 2])


async def test_valkey_goes_and_comes_back_and_every_change_arrives(
    changelog: Changelog, append: Append, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relay, "IDLE", 0.1)
    port, stream = any_free(), new_id()
    server = await asyncio.to_thread(valkeys.start, tmp_path, port)
    try:
        async with buses.connect(server.url) as bus, relay.running(changelog, bus):
            await append(stream, 3)
            assert await kept(server.url, 3) == [1, 2, 3]
            server.kill()
            await append(stream, 3)
            server = await asyncio.to_thread(valkeys.start, tmp_path, port)
            await append(stream, 1)
            assert (await kept(server.url, 7))[-4:] == [4, 5, 6, 7]
    finally:
        await asyncio.to_thread(server.stop)


async def kept(url: str, last: int) -> list[int]:
    """The revisions that the stream holds once the last one is among them."""
    import redis.asyncio as redis

    client = redis.Redis.from_url(url, decode_responses=True)  # pyright: ignore[reportUnknownMemberType]
    try:
        async with asyncio.timeout(20):
            while True:
                entries: Any = await client.xrange(stream_name(SCHEMA))
                revisions = list(dict.fromkeys(int(message["revision"]) for _, message in entries))
                if last in revisions:
                    return revisions
                await asyncio.sleep(0.05)
    finally:
        await client.aclose()
