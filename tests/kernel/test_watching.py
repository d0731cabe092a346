"""Processes follow who may act: told by the bus, certain by asking, and sure of nothing when both are silent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from mediaclay_kernel.bus import MemoryBus
from mediaclay_kernel.changelog import Change
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.principal import Principal
from mediaclay_kernel.relay import message
from mediaclay_kernel.tokens import Standing
from mediaclay_kernel.tokens.standing import FOR_EVER
from mediaclay_kernel.watching import LEAST, PRINCIPALS, Hearers, Position, Told, Watch, shown, told, watching

STREAM, CHANNEL = new_id(), "standings"


class Identity:
    """What is asked; it can be made silent."""

    def __init__(self) -> None:
        self.least: dict[UUID, float] = {}
        self.revision = 0
        self.asked: list[Position | None] = []
        self.is_away = False

    async def since(self, position: Position | None) -> Told:
        self.asked.append(position)
        if self.is_away:
            raise Unavailable
        return Told(Position("e", self.revision), True, dict(self.least), STREAM, CHANNEL)

    def disable(self, who: UUID) -> Change:
        self.least[who] = FOR_EVER
        self.revision += 1
        details = {PRINCIPALS: [str(who)], LEAST: None}
        now = datetime.now(UTC)
        return Change(STREAM, self.revision, "STANDING_CHANGED", who, details, [], [], who, [], now)


async def until(condition: object, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # pyright: ignore
            await asyncio.sleep(0.01)


async def test_nothing_is_believed_before_it_was_heard_and_a_request_asks_for_itself():
    standing, source = Standing(10), Identity()
    source.is_away = True
    Watch(standing, source)
    with pytest.raises(Unavailable):
        await standing.ensure()
    source.is_away = False
    await standing.ensure()
    await standing.ensure()
    assert len(source.asked) == 2


async def test_a_change_is_heard_on_the_bus_without_asking():
    standing, source, bus, who = Standing(10), Identity(), MemoryBus(), new_id()
    watch = Watch(standing, source, bus)
    heard: list[int] = []
    standing.listeners.append(lambda: heard.append(standing.version))
    async with watching(watch):
        await until(lambda: watch.position is not None)
        await asyncio.sleep(0.15)  # until it listens
        asked = len(source.asked)
        await bus.publish(CHANNEL, [message(source.disable(who))])
        await until(lambda: standing.refuses(Principal(who), 1e9))
        assert len(source.asked) == asked
        assert heard
    assert standing.refuses(Principal(new_id(), actors=(who,)), 1e9)
    assert not standing.refuses(Principal(new_id()), 1e9)


async def test_a_gap_on_the_bus_is_filled_by_asking():
    standing, source, bus, one, two = Standing(10), Identity(), MemoryBus(), new_id(), new_id()
    watch = Watch(standing, source, bus)
    async with watching(watch):
        await until(lambda: watch.position is not None)
        await asyncio.sleep(0.15)
        source.disable(one)  # this message is lost
        await bus.publish(CHANNEL, [message(source.disable(two))])
        await until(lambda: standing.refuses(Principal(one), 1e9), 0.9)
    assert watch.position == Position("e", 2)


async def test_without_a_bus_it_is_known_within_a_second_or_so():
    standing, source, who = Standing(10), Identity(), new_id()
    async with watching(Watch(standing, source)):
        await until(lambda: bool(source.asked))
        source.disable(who)
        await until(lambda: standing.refuses(Principal(who), 1e9), 3)


async def test_what_was_heard_too_long_ago_is_not_believed():
    standing, source = Standing(0.2), Identity()
    watch = Watch(standing, source)
    lost: list[int] = []
    standing.listeners.append(lambda: lost.append(1))
    await standing.ensure()
    source.is_away = True
    await asyncio.sleep(0.25)
    with pytest.raises(Unavailable):
        await standing.ensure()
    async with watching(watch):
        await until(lambda: bool(lost), 3)  # so that open connections end


async def test_whoever_signed_out_is_refused_for_older_tokens_alone():
    standing, who = Standing(), new_id()
    standing.apply([(who, 1000.0)])
    assert standing.refuses(Principal(who), 999)
    assert not standing.refuses(Principal(who), 1000)


async def test_whoever_disables_waits_for_all_who_live_and_for_nobody_else(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Hearers, "SETTLED", 0.0)
    hearers = Hearers()

    def say(process: str, revision: int, epoch: str = "e") -> None:
        hearers.hear({"process": process, "epoch": epoch, "revision": str(revision)})

    say("a", 1)
    say("b", 2)
    say("another instance's", 0, "other")
    assert not await hearers.all_at(Position("e", 2), 0.05)
    waiting = asyncio.create_task(hearers.all_at(Position("e", 2), 5))
    await asyncio.sleep(0)
    say("a", 2)
    assert await waiting
    say("c", 0)
    monkeypatch.setattr(hearers, "GONE", -1.0)
    assert await hearers.all_at(Position("e", 9), 0.05)


async def test_whoever_has_just_begun_to_listen_waits_for_those_who_have_said_nothing_yet(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(Hearers, "SETTLED", 0.1)
    hearers = Hearers()
    waiting = asyncio.create_task(hearers.all_at(Position("e", 2), 0.3))
    await asyncio.sleep(0.02)
    hearers.hear({"process": "a", "epoch": "e", "revision": "1"})
    assert not await waiting


def test_an_answer_survives_the_way_over_http():
    answer = Told(Position("e", 7), True, {new_id(): FOR_EVER, new_id(): 12.0}, STREAM, CHANNEL)
    assert told(shown(answer)) == answer
