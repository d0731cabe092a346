"""The cache of answers: who makes one, who waits for it, and who must not have it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from mediaclay_kernel.cache.counts import Counts
from mediaclay_kernel.cache.purges import Purges
from mediaclay_kernel.cache.results import Filled, ResultCache, scope_of
from mediaclay_kernel.cache.stores import MemoryStore, Store
from mediaclay_kernel.cache.tags import Tag
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import NOBODY, Principal, PrincipalType

STREAM = UUID(int=1)
TAGS: list[Tag] = [(STREAM, "a")]
KEY = b"k"


def tags_of(_: Change) -> Iterable[Tag]:
    return TAGS


class World:
    """A cache whose changelog is what a test says, and readings that end when it says."""

    def __init__(self, shared: Store | None = None, most: int = 1_000_000) -> None:
        self.purges = Purges(tags_of)
        self.purges.reset(STREAM, 0)
        self.purges.follow_until(float("inf"))
        self.cache = ResultCache(self.purges, MemoryStore(most), shared, Counts("test"), seed="", seconds=60)
        self.revision = 0
        self.begun = 0

    def change(self) -> None:
        self.revision += 1
        at = datetime.now(UTC)
        self.purges.apply(Change(STREAM, self.revision, "T", new_id(), {}, [], [], new_id(), [], at))

    async def read(self) -> Filled:
        """What is there as it begins, after a while in which others may come."""
        self.begun += 1
        body = str(self.revision).encode()
        await asyncio.sleep(0.02)
        return Filled(body, TAGS)

    async def get(self, *, fresh: bool = False) -> bytes:
        """As the entry asks."""
        if not fresh and (body := self.cache.ready(KEY)) is not None:
            return body
        return await self.cache.get(KEY, self.read, fresh=fresh)

    def counted(self) -> dict[tuple[str, str], int]:
        return dict(self.cache.counts.of)


async def test_an_answer_is_read_once_until_a_change():
    world = World()
    assert world.cache.ready(KEY) is None
    assert await world.get() == b"0"
    assert [world.cache.ready(KEY), world.cache.ready(KEY)] == [b"0", b"0"]
    world.change()
    assert world.cache.ready(KEY) is None
    assert await world.get() == b"1"
    assert world.begun == 2
    assert world.counted()["miss", ""] == 2


async def test_many_at_once_cost_one_reading():
    world = World()
    assert await asyncio.gather(*(world.get() for _ in range(50))) == [b"0"] * 50
    assert world.begun == 1


async def test_who_asks_after_a_change_gets_no_reading_that_began_before_it():
    world = World()
    before = [asyncio.ensure_future(world.get()) for _ in range(5)]
    await asyncio.sleep(0.005)
    world.change()
    after = [asyncio.ensure_future(world.get()) for _ in range(20)]
    assert (await before[0], await asyncio.gather(*after)) == (b"0", [b"1"] * 20)
    await asyncio.gather(*before)
    assert world.begun == 2


async def test_when_changes_never_end_nobody_waits_for_more_than_two_readings():
    world = World()

    async def changing() -> None:
        while True:
            world.change()
            await asyncio.sleep(0.001)

    task = asyncio.create_task(changing())
    asked = world.revision
    found = await asyncio.gather(*(world.get() for _ in range(30)))
    task.cancel()
    assert all(int(body) >= asked for body in found)
    assert world.begun <= 2
    assert world.cache.ready(KEY) is None


async def test_an_answer_with_errors_is_nobody_elses_and_not_kept():
    world = World()

    async def failing() -> Filled:
        world.begun += 1
        await asyncio.sleep(0.01)
        return Filled(str(world.begun).encode(), None, "errors")

    found = await asyncio.gather(*(world.cache.get(KEY, failing) for _ in range(3)))
    assert world.begun == 3
    assert len(found) == 3
    assert world.cache.ready(KEY) is None
    assert world.counted()["refused", "errors"] == 3


async def test_a_reading_that_breaks_or_is_given_up_breaks_no_other():
    world = World()

    async def breaking() -> Filled:
        await asyncio.sleep(0.01)
        raise RuntimeError("broken")

    first = asyncio.ensure_future(world.cache.get(KEY, breaking))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(world.get())
    with pytest.raises(RuntimeError):
        await first
    assert await second == b"0"
    world.change()
    gone = asyncio.ensure_future(world.get())
    await asyncio.sleep(0.005)
    waiting = asyncio.ensure_future(world.get())
    await asyncio.sleep(0)
    gone.cancel()
    assert await waiting == b"1"


async def test_nothing_is_served_or_kept_while_the_changelog_is_not_heard():
    world = World()
    await world.get()
    world.purges.lose()
    assert world.cache.ready(KEY) is None
    await world.get()
    assert world.counted()["refused", "not following"] == 1
    world.purges.follow_until(float("inf"))
    assert world.cache.ready(KEY) == b"0"


async def test_who_wants_a_fresh_answer_gets_one_and_leaves_it_to_others():
    world = World()
    await world.get()
    await world.get(fresh=True)
    assert world.begun == 2
    await world.get()
    assert world.begun == 2


async def test_an_answer_too_large_is_not_kept():
    world = World(most=16_000)

    async def large() -> Filled:
        return Filled(b"x" * 1_001, TAGS)

    assert len(await world.cache.get(KEY, large)) == 1_001
    assert world.cache.ready(KEY) is None
    assert world.counted()["refused", "too large"] == 1


async def test_another_process_has_what_was_kept_unless_it_knows_of_a_change():
    shared = MemoryStore(1_000_000)
    one, other, ahead = World(shared), World(shared), World(shared)
    await one.get()
    await one.cache.close()
    assert await other.get() == b"0"
    assert (other.begun, other.counted()) == (0, {("hit", "shared"): 1})
    ahead.change()
    assert await ahead.get() == b"1"
    await ahead.cache.close()
    other.change()  # hears of it later, and has it from the one that knew
    assert await other.get() == b"1"
    assert other.begun == 0


async def test_a_process_that_is_behind_does_not_put_its_answer_over_a_newer_one():
    shared = MemoryStore(1_000_000)
    behind, ahead = World(shared), World(shared)
    ahead.change()
    await ahead.get()
    await ahead.cache.close()
    await behind.get(fresh=True)
    await behind.cache.close()
    kept = shared.find(KEY)
    assert kept is not None
    assert kept.body == b"1"


async def test_answers_of_what_is_not_there_stay_in_the_process():
    shared = MemoryStore(1_000_000)
    world = World(shared)

    async def missing() -> Filled:
        return Filled(b"null", [(None, "node:1")])

    await world.cache.get(KEY, missing)
    await world.cache.close()
    assert world.cache.ready(KEY) == b"null"
    assert len(shared) == 0


async def test_a_shared_store_that_is_away_costs_nothing():
    class Away:
        async def get(self, key: bytes) -> None:
            raise Unavailable

        async def put(self, key: bytes, answer: object) -> None:
            raise Unavailable

    world = World(Away())
    assert [await world.get(), await world.get()] == [b"0", b"0"]
    await world.cache.close()
    assert world.begun == 1
    assert world.counted()["refused", "shared store away"] == 1


def test_a_key_is_that_of_one_question_of_one_caller():
    cache, own = World().cache, Principal(new_id(), PrincipalType.HUMAN, frozenset({"clay.read", "clay.write"}))
    other_rights = Principal(own.id, own.type, frozenset({"clay.read"}))
    on_behalf = Principal(own.id, own.type, own.scopes, (new_id(),))
    scopes = [scope_of(each) for each in (NOBODY, own, other_rights, on_behalf, Principal(new_id()))]
    assert len({*scopes}) == 5
    asked = [
        ("a", None, b"{}", "s", "m"), ("a", "b", b"{}", "s", "m"), ("ab", None, b"{}", "s", "m"),
        ("a", None, b"{}", "t", "m"), ("a", None, b"{}", "s", "n"), ("a", None, b'{"a":1}', "s", "m"),
        ("a", None, b"{}", "sm", ""), ("\ud800", None, b"{}", "s", "m"),
    ]  # fmt: skip
    assert len({cache.key(*each) for each in asked}) == len(asked)
    assert cache.key(*asked[0]) == World().cache.key(*asked[0])


def test_another_changelog_has_other_keys():
    world = World()
    before = world.cache.key("a", None, b"", "s", "m")
    world.purges.renew("restored")
    assert world.cache.key("a", None, b"", "s", "m") != before
