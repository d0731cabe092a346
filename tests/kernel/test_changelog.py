"""The changelog: numbered without a gap in the order of the commits, whatever happens beside it."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import pytest
from mediaclay_kernel.changelog import Change, Changelog, Event
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal


def event(stream: UUID, **details: object) -> Event:
    return Event("CREATED", stream, new_id(), details)


async def whole(changelog: Changelog, stream: UUID) -> list[Change]:
    return await changelog.after(stream, 0, 10_000)


async def test_a_change_says_who_did_what_when(changelog: Changelog, principal: Principal):
    stream, subject, other = new_id(), new_id(), new_id()
    async with changelog.unit_of_work(principal) as work:
        work.record(Event("MOVED", stream, subject, {"from": "é"}, [other, subject, other]))
        assert work.changes == []
    [change] = work.changes
    assert (change.stream, change.revision, change.type, change.subject) == (stream, 1, "MOVED", subject)
    assert (change.details, change.touched) == ({"from": "é"}, [subject, other])
    assert (change.principal, change.actors) == (principal.id, list(principal.actors))
    assert change.at.tzinfo is not None
    assert await whole(changelog, stream) == [change]
    assert await changelog.heads([stream, new_id()]) == {stream: 1}


async def test_what_is_rolled_back_takes_no_number(changelog: Changelog, principal: Principal):
    stream = new_id()
    for number in range(4):
        with suppress(ZeroDivisionError):
            async with changelog.unit_of_work(principal) as work:
                work.record(event(stream, number=number))
                if number % 2:
                    await work.append()  # the number is taken already, and given back
                    raise ZeroDivisionError
    assert [(change.revision, change.details["number"]) for change in await whole(changelog, stream)] == [
        (1, 0),
        (2, 2),
    ]


async def test_pages_follow_each_other(changelog: Changelog, principal: Principal):
    stream = new_id()
    async with changelog.unit_of_work(principal) as work:
        for number in range(7):
            work.record(event(stream, number=number))
    assert [change.revision for change in work.changes] == [1, 2, 3, 4, 5, 6, 7]
    pages = [[change.revision for change in await changelog.after(stream, after, 3)] for after in (0, 3, 6, 7)]
    assert pages == [[1, 2, 3], [4, 5, 6], [7], []]


async def test_eight_writers_leave_no_gap_and_no_reader_ever_sees_one(  # noqa: C901
    changelog: Changelog, principal: Principal
):
    streams = [new_id(), new_id()]
    committed: dict[UUID, list[str]] = {stream: [] for stream in streams}
    writing = True

    async def once(name: str, chance: random.Random) -> None:
        touched = chance.sample(streams, chance.randint(1, 2))
        async with changelog.unit_of_work(principal) as work:
            for stream in touched:
                work.record(event(stream, name=name))
            await work.connection.fetchval("SELECT pg_sleep($1)", chance.random() / 500)
            if chance.random() < 0.15:
                await work.append()
                raise ZeroDivisionError
            if chance.random() < 0.15:
                raise ZeroDivisionError
        for stream in touched:
            committed[stream].append(name)

    async def write(writer: int) -> None:
        chance = random.Random(writer)
        for number in range(30):
            with suppress(ZeroDivisionError):
                await once(f"{writer}/{number}", chance)

    async def read(stream: UUID) -> Sequence[int]:
        seen: list[int] = []
        while writing or len(seen) < len(committed[stream]):
            seen += [change.revision for change in await changelog.after(stream, len(seen), 7)]
            assert seen == list(range(1, len(seen) + 1))
            await asyncio.sleep(0.001)
        return seen

    readers = [asyncio.create_task(read(stream)) for stream in streams]
    await asyncio.gather(*(write(writer) for writer in range(8)))
    writing = False
    async with asyncio.timeout(30):
        for stream, seen in zip(streams, await asyncio.gather(*readers), strict=True):
            changes = await whole(changelog, stream)
            assert [change.revision for change in changes] == list(seen)
            assert sorted(change.details["name"] for change in changes) == sorted(committed[stream])
            assert [change.at for change in changes] == sorted(change.at for change in changes)
    assert await changelog.heads(streams) == {stream: len(names) for stream, names in committed.items()}


async def test_a_change_needs_somebody_who_did_it(changelog: Changelog):
    stream = new_id()
    with pytest.raises(Exception, match="principal"):
        async with changelog.unit_of_work(Principal(None)) as work:
            work.record(event(stream))
    assert await whole(changelog, stream) == []
    assert await changelog.heads([stream]) == {}
