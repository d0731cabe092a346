"""Subscribers are told each change in order, none missing, none twice, whatever is lost on the way to them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from mediaclay_kernel import database, live, relay
from mediaclay_kernel.bus import MemoryBus, Message, RedisBus
from mediaclay_kernel.changelog import Change, Changelog, Event
from mediaclay_kernel.errors import BadUserInput, Forbidden, NotFound, Unavailable
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.live import Following, Live, group, patience
from mediaclay_kernel.live.group import Written
from mediaclay_kernel.principal import Principal

from tests.kernel.conftest import SCHEMA
from tests.kernel.support.audience import Listener, anybody, follow, written

Append = Callable[..., Awaitable[None]]


@pytest.fixture
def append(changelog: Changelog, principal: Principal) -> Append:
    """Commits changes as another process does: nobody in this one is told directly."""

    async def write(stream: UUID, count: int = 1, *, within: UUID | None = None, type_: str = "T") -> None:
        for _ in range(count):
            async with changelog.unit_of_work(principal) as work:
                work.record(Event(type_, stream, new_id(), {}, within=[] if within is None else [within]))

    return write


class Leaky(MemoryBus):
    """Loses, repeats and shuffles messages, and can be away."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.away = False

    async def publish(self, stream: str, messages: list[Message]) -> None:
        if self.away:
            raise Unavailable
        kept = [message for message in messages for _ in range(self.chance.choice([0, 1, 1, 1, 2]))]
        self.chance.shuffle(kept)
        await super().publish(stream, kept)


@asynccontextmanager
async def another(url: str, bus: MemoryBus | RedisBus | None) -> AsyncGenerator[Live]:
    """Subscriptions in a process of their own, as far as the database can tell."""
    async with (
        database.connect(url, SCHEMA) as pool,
        live.running(Changelog(pool, SCHEMA), url, bus, ["PRUNED"]) as made,
    ):
        yield made


@pytest.fixture
async def alone(migrated: str) -> AsyncGenerator[Live]:
    """Without a bus: told by the database."""
    async with another(migrated, None) as made:
        yield made


async def test_from_now_on_and_from_a_cursor(alone: Live, append: Append):
    stream = new_id()
    await append(stream, 3)
    now, begun, later = await follow(alone, stream), await follow(alone, stream, 0), await follow(alone, stream, 2)
    await append(stream, 2)
    await now.has([4, 5])
    await begun.has([1, 2, 3, 4, 5])
    await later.has([3, 4, 5])


async def test_only_what_happened_within_the_place(alone: Live, append: Append):
    stream, here, there = new_id(), new_id(), new_id()
    for place in (here, there, here):
        await append(stream, within=place)
    old, new = await follow(alone, stream, 0, place=here), await follow(alone, stream, place=there)
    for place in (there, here, None, there):
        await append(stream, within=place)
    await old.has([1, 3, 5])
    await new.has([4, 7])


async def test_what_does_not_concern_it_costs_no_replay(alone: Live, append: Append):
    stream, here = new_id(), new_id()
    await append(stream)
    listener = await follow(alone, stream, place=here)
    await asyncio.sleep(0.2)  # until it is up to date
    await append(stream, 10)
    await append(stream, within=here)
    await listener.has([12])
    assert (alone.counts.replayed, alone.counts.delivered) == (0, 1)


async def test_a_cursor_that_was_not_reached_and_a_stream_that_is_not_there_are_refused(alone: Live, append: Append):
    stream = new_id()
    with pytest.raises(NotFound):
        await follow(alone, stream, 0)
    await append(stream, 2)
    for after in (3, -1):
        with pytest.raises(BadUserInput) as caught:
            await follow(alone, stream, after)
        assert caught.value.details == {"currentRevision": 2}
    assert alone.counts.members == 0


async def test_an_event_is_written_once_for_all_who_are_told_the_same(alone: Live, append: Append):
    stream, calls = new_id(), list[int]()
    await append(stream)

    async def write(change: Change) -> Written:
        calls.append(change.revision)
        await asyncio.sleep(0)
        return Written(b"x")

    listeners = [Listener() for _ in range(50)]
    for number, listener in enumerate(listeners):
        await alone.open(Following(stream, None, 1, anybody), number % 2, write, listener)
    await append(stream, 3)
    for listener in listeners:
        await listener.has([2, 3, 4])
    assert sorted(calls) == [2, 2, 3, 3, 4, 4]
    assert alone.counts.delivered + alone.counts.replayed == 150


async def test_who_is_slow_is_replayed_and_misses_nothing(alone: Live, append: Append):
    stream = new_id()
    await append(stream)
    slow, quick = await follow(alone, stream, listener=Listener(room=2)), await follow(alone, stream)
    await append(stream, 10)
    await quick.has([*range(2, 12)])
    await slow.has([2, 3])
    slow.take(3)
    await slow.has([2, 3, 4, 5, 6])
    slow.take(None)
    await slow.has([*range(2, 12)])
    await append(stream)
    await slow.has([*range(2, 13)])
    assert alone.counts.slow == 1


async def test_who_leaves_is_told_no_more_and_leaves_nothing_behind(alone: Live, append: Append):
    stream = new_id()
    await append(stream)
    listener = Listener()
    member = await alone.open(Following(stream, None, None, anybody), "all", written, listener)
    await append(stream)
    await listener.has([2])
    member.leave()
    member.leave()
    await append(stream)
    await asyncio.sleep(0.1)
    assert listener.told == [2]
    assert alone.counts.members == 0
    assert alone.position(stream) == 0  # nobody follows it any more


async def test_who_may_not_be_told_any_more_is_told_why_and_from_where(alone: Live, append: Append):
    stream, place, allowed = new_id(), new_id(), [True]
    await append(stream)

    async def check(_: Change | None) -> None:
        if not allowed[0]:
            raise Forbidden("Not any more.", reason=live.REVOKED)

    listener = Listener()
    await alone.open(Following(stream, place, None, check), "all", written, listener)
    await append(stream, within=place)
    await listener.has([2])
    allowed[0] = False
    await append(stream, within=place)
    error = await listener.ended()
    assert (error.code, error.details) == ("FORBIDDEN", {"reason": "REVOKED", "after": 2})
    assert listener.told == [2]


async def test_what_may_end_the_right_is_asked_of_all_after_it_was_told_to_those_whom_it_concerns(
    alone: Live, append: Append
):
    stream, here, above = new_id(), new_id(), new_id()
    await append(stream)
    gone: list[int] = []

    async def check(change: Change | None) -> None:
        if change is None and gone:
            raise NotFound("Pruned.", reason=live.GONE)

    listeners = {place: Listener() for place in (here, above, None)}
    for place, listener in listeners.items():
        await alone.open(Following(stream, place, None, check if place else anybody), "all", written, listener)
    await append(stream, within=here)
    await listeners[here].has([2])
    gone.append(1)
    await append(stream, within=above, type_="PRUNED")
    assert (await listeners[here].ended()).details["reason"] == "GONE"
    assert (await listeners[above].ended()).details == {"reason": "GONE", "after": 3}
    assert (listeners[here].told, listeners[above].told) == ([2], [3])
    await append(stream)
    await listeners[None].has([2, 3, 4])


async def test_a_recheck_ends_those_who_may_not_be_told_though_nothing_happens(alone: Live, append: Append):
    stream = new_id()
    await append(stream)
    asked: list[Change | None] = []

    async def check(change: Change | None) -> None:
        asked.append(change)
        if len(asked) > 1:
            raise Forbidden("Not any more.", reason=live.REVOKED)

    listener = Listener()
    await alone.open(Following(stream, None, None, check), "all", written, listener)
    while not asked:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    alone.recheck()
    assert (await listener.ended()).details == {"reason": "REVOKED", "after": 1}
    assert asked == [None, None]


async def test_the_end_is_told_to_all_even_to_those_who_are_being_replayed(alone: Live, append: Append):
    stream = new_id()
    await append(stream, 5)
    up_to_date, slow = await follow(alone, stream), await follow(alone, stream, 0, listener=Listener(room=2))
    await slow.has([1, 2])
    alone.end(Unavailable("The service stops.", reason=live.RESTART))
    for listener, after in ((up_to_date, 5), (slow, 2)):
        assert (await listener.ended()).details == {"reason": "RESTART", "after": after}
    with pytest.raises(Unavailable):
        await follow(alone, stream)
    assert alone.counts.members == 0


async def test_a_stream_that_is_deleted_or_another_one_ends(alone: Live, append: Append, changelog: Changelog):
    gone, older = new_id(), new_id()
    await append(gone, 2)
    await append(older, 5)
    ends = [await follow(alone, gone), await follow(alone, older)]
    await append(older)
    await ends[1].has([6])
    await asyncio.sleep(1.2)  # until it has looked by itself
    await changelog.database.pool.execute("DELETE FROM changelog_head WHERE stream = $1", gone)
    await changelog.database.pool.execute("UPDATE changelog_head SET revision = 3 WHERE stream = $1", older)
    errors = [await listener.ended() for listener in ends]
    assert [(error.code, error.details["reason"]) for error in errors] == [
        ("NOT_FOUND", "GONE"),
        ("CONFLICT", "HISTORY"),
    ]


async def test_what_fails_ends_the_subscription_and_is_logged(
    alone: Live, append: Append, caplog: pytest.LogCaptureFixture
):
    stream = new_id()
    await append(stream)

    async def broken(_: Change) -> Written:
        raise ZeroDivisionError

    for after in (None, 0):
        listener = Listener()
        await alone.open(Following(stream, None, after, anybody), f"broken {after}", broken, listener)
        await append(stream)
        assert (await listener.ended()).code == "UNAVAILABLE"
    assert "ZeroDivisionError" in caplog.text


async def test_an_event_waits_for_a_server_that_is_away_and_is_told_without_it_in_the_end(
    alone: Live, append: Append, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(patience, "PAUSE", 0.01)
    stream, away = new_id(), [True]
    await append(stream)

    async def write(_: Change) -> Written:
        return Written(b"half", is_lacking=True) if away[0] else Written(b"whole")

    listener = Listener()
    await alone.open(Following(stream, None, None, anybody), "all", write, listener)
    await append(stream)
    await asyncio.sleep(0.2)
    assert listener.told == []
    away[0] = False
    await listener.has([2])
    monkeypatch.setattr(patience, "PATIENCE", 0.1)
    away[0] = True
    await append(stream)
    await listener.has([2, 3])
    assert listener.bodies == [b"whole", b"half"]


async def test_behind_too_many_changes_they_are_read_again_from_the_changelog(
    alone: Live, append: Append, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group, "PENDING", 3)
    stream, gate = new_id(), asyncio.Event()
    await append(stream)

    async def write(change: Change) -> Written:
        await gate.wait()
        return await written(change)

    listener = Listener()
    await alone.open(Following(stream, None, None, anybody), "all", write, listener)
    await append(stream, 20)
    gate.set()
    await listener.has([*range(2, 22)])


async def test_the_bus_tells_at_once_and_what_it_loses_is_found_in_the_changelog(
    migrated: str, append: Append, changelog: Changelog
):
    stream, bus = new_id(), Leaky(random.Random(3))
    await append(stream)
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(another(migrated, bus))
        await stack.enter_async_context(relay.running(changelog, bus))
        listener = await follow(made, stream)
        await append(stream, 100)
        await listener.has([*range(2, 102)])
        bus.away = True
        await append(stream, 20)
        await listener.has([*range(2, 122)])
        bus.away = False
        await append(stream, 20)
        await listener.has([*range(2, 142)])


async def test_by_valkey_a_change_arrives_whole_and_a_large_one_is_read_from_the_changelog(
    migrated: str, valkey: RedisBus, changelog: Changelog, principal: Principal
):
    stream, seen = new_id(), list[Change]()

    async def write(change: Change) -> Written:
        seen.append(change)
        return Written(b"x")

    listener, place = Listener(), new_id()
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(another(migrated, valkey))
        await stack.enter_async_context(relay.running(changelog, valkey))
        async with changelog.unit_of_work(principal) as work:
            work.record(Event("FIRST", stream, place, {}))
        await made.open(Following(stream, place, 0, anybody), "all", write, listener)
        await listener.has([1])
        for details in ({"é": [1, None]}, {"large": "x" * relay.LARGEST}):
            async with changelog.unit_of_work(principal) as work:
                work.record(Event("NEXT", stream, place, details))
        await listener.has([1, 2, 3])
    stored = [change._replace(touched=[]) for change in await changelog.after(stream, 0, 10)]
    assert [change._replace(touched=[]) for change in seen] == stored


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_random_subscribers_over_a_bus_that_loses_repeats_and_shuffles(
    migrated: str, changelog: Changelog, principal: Principal, seed: int
):
    chance, bus = random.Random(seed), Leaky(random.Random(seed))
    streams, places = [new_id() for _ in range(2)], [new_id() for _ in range(3)]
    expected: dict[UUID, list[Change]] = {stream: [] for stream in streams}

    async def write(count: int) -> None:
        for _ in range(count):
            stream = chance.choice(streams)
            async with changelog.unit_of_work(principal) as work:
                work.record(Event("T", stream, chance.choice(places), {}, within=chance.sample(places, 2)))
            expected[stream] += work.changes
            if chance.random() < 0.1:
                bus.away = not bus.away
            await asyncio.sleep(chance.random() * 0.004)

    await write(6)
    for stream in streams:
        async with changelog.unit_of_work(principal) as work:
            work.record(Event("T", stream, places[0], {}))
        expected[stream] += work.changes
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(another(migrated, bus)) for _ in range(2)]
        await stack.enter_async_context(relay.running(changelog, bus))
        writing = asyncio.gather(*(write(60) for _ in range(3)))

        def wanted(stream: UUID, place: UUID | None, after: int) -> list[int]:
            changes = [each for each in expected[stream] if place is None or place in each.within]
            return sorted(change.revision for change in changes if change.revision > after)

        asked = [(chance.choice(streams), chance.choice([*places, None]), chance.choice([0, 1])) for _ in range(20)]
        await asyncio.gather(
            *(one_after_the_other(chance, processes, each, writing, partial(wanted, *each)) for each in asked)
        )


async def one_after_the_other(
    chance: random.Random, processes: list[Live], asked: tuple[UUID, UUID | None, int], writing: asyncio.Future[Any],
    wanted: Callable[[], list[int]],
) -> None:  # fmt: skip
    """Subscribes, drops, is slow, and resumes from what it was told last, until all was written and told."""
    stream, place, after = asked
    told: list[int] = []
    async with asyncio.timeout(60):
        while not writing.done() or told != wanted():
            listener = Listener(room=chance.choice([None, None, 3]))
            following = Following(stream, place, told[-1] if told else after, anybody)
            member = await chance.choice(processes).open(following, place, written, listener)
            await asyncio.sleep(chance.random() * 0.1)
            listener.take(None)
            await asyncio.sleep(0.05 if not writing.done() else 1)
            member.leave()
            told += listener.told
            assert told == sorted({*told})  # in order, and none twice
