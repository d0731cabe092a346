"""Following the changelog: what is committed is known soon, and nothing is believed while it can't be heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from uuid import UUID

import pytest
from mediaclay_kernel import database
from mediaclay_kernel.cache import tail
from mediaclay_kernel.cache.purges import Purges
from mediaclay_kernel.cache.tags import Tag
from mediaclay_kernel.changelog import Change, Changelog, Event
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal

from tests.kernel.conftest import SCHEMA

CUT_OFF = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE '%pg_current_snapshot%' AND pid <> pg_backend_pid()"


def tags_of(change: Change) -> Iterable[Tag]:
    return [(change.stream, str(change.subject))]


@asynccontextmanager
async def following(url: str) -> AsyncGenerator[Purges]:
    purges = Purges(tags_of)
    task = asyncio.create_task(tail.Tail(partial(database.connect_apart, url, SCHEMA), SCHEMA, purges).run())
    try:
        await until(lambda: purges.is_following)
        yield purges
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def deaf(*_: object) -> None:
    """Hears nothing."""


async def until(right: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not right():
            await asyncio.sleep(0.005)


async def commit(changelog: Changelog, principal: Principal, stream: UUID, count: int = 1) -> UUID:
    """The subject of the last of so many changes in one transaction."""
    subject = new_id()
    async with changelog.unit_of_work(principal) as work:
        for _ in range(count):
            work.record(Event("T", stream, subject, {}))
    return subject


async def test_all_that_was_committed_before_and_after_the_start_is_known(
    migrated: str, changelog: Changelog, principal: Principal
):
    old, new = new_id(), new_id()
    subject = await commit(changelog, principal, old, 3)
    async with following(migrated) as purges:
        assert purges.known() == {old: 3}
        shown = purges.end(purges.begin(), [(old, str(subject))])
        assert shown is not None
        await commit(changelog, principal, old)
        await commit(changelog, principal, new, 2)
        await until(lambda: purges.known() == {old: 4, new: 2})
        assert purges.holds(shown)
        async with changelog.unit_of_work(principal) as work:
            work.record(Event("T", old, subject, {}))
        await until(lambda: purges.known_of(old) == 5)
        assert not purges.holds(shown)


async def test_a_change_that_nobody_tells_of_is_found(
    migrated: str, changelog: Changelog, principal: Principal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tail, "IDLE", 0.1)
    monkeypatch.setattr(changelog, "_wake", _nobody)  # as if it had died right after COMMIT
    stream = new_id()
    async with following(migrated) as purges:
        await commit(changelog, principal, stream)
        await until(lambda: purges.known_of(stream) == 1)


async def test_a_transaction_that_ends_late_is_not_passed_over(
    migrated: str, changelog: Changelog, principal: Principal
):
    late, early = new_id(), new_id()
    async with following(migrated) as purges:
        async with changelog.unit_of_work(principal) as work:
            work.record(Event("T", late, new_id(), {}))
            await work.append()
            work.events.clear()
            for count in range(1, 4):
                await commit(changelog, principal, early)
                await until(lambda: purges.known_of(early) == count)  # noqa: B023
            assert purges.known_of(late) is None
        await until(lambda: purges.known_of(late) == 1)


async def test_whoever_is_cut_off_believes_nothing_and_catches_up(
    migrated: str, changelog: Changelog, principal: Principal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tail, "AT_ONCE", 5)
    little, much, gone = new_id(), new_id(), new_id()
    for stream in (little, much, gone):
        await commit(changelog, principal, stream)
    async with following(migrated) as purges:
        kept, given_up, lost = (purges.end(purges.begin(), [(stream, "x")]) for stream in (little, much, gone))
        assert kept is not None
        assert given_up is not None
        assert lost is not None
        monkeypatch.setattr(tail, "FIRST", 0.5)
        monkeypatch.setattr(tail.Tail, "_hear", deaf)
        await changelog.database.pool.fetch(CUT_OFF)
        await until(lambda: not purges.is_following)
        await commit(changelog, principal, little, 2)
        await commit(changelog, principal, much, 6)
        await changelog.database.pool.execute("DELETE FROM changelog_head WHERE stream = $1", gone)
        await until(lambda: purges.is_following)
        assert purges.known() == {little: 3, much: 7}
        assert [purges.holds(each) for each in (kept, given_up, lost)] == [True, False, False]


async def test_a_stream_that_is_deleted_beside_another_that_begins_is_missed(
    migrated: str, changelog: Changelog, principal: Principal
):
    gone, new = new_id(), new_id()
    await commit(changelog, principal, gone)
    async with following(migrated) as purges:
        shown = purges.end(purges.begin(), [(gone, "x")])
        assert shown is not None
        await changelog.database.pool.execute("DELETE FROM changelog_head WHERE stream = $1", gone)
        await commit(changelog, principal, new)
        await until(lambda: purges.known() == {new: 1})
        assert not purges.holds(shown)


@pytest.mark.parametrize(
    "restored",
    ["UPDATE changelog_head SET revision = 1", "CREATE TABLE again AS TABLE changelog_head; DROP TABLE changelog_head; "
     "ALTER TABLE again RENAME TO changelog_head"],
)  # fmt: skip
async def test_after_a_restore_nothing_from_before_is_believed(
    migrated: str, changelog: Changelog, principal: Principal, restored: str
):
    one, other = new_id(), new_id()
    for stream in (one, other):
        await commit(changelog, principal, stream, 3)
    async with following(migrated) as purges:
        shown = purges.end(purges.begin(), [(one, "x")])
        assert shown is not None
        world = purges.world
        await changelog.database.pool.execute(restored)
        await until(lambda: purges.world > world and len(purges.known()) == 2)
        assert not purges.holds(shown)


def _nobody(_: object) -> None:
    """Tells nobody."""
