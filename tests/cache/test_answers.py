"""Kept answers are those that the database would give, whoever writes and whatever dies."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from mediaclay_kernel.cache import tail
from mediaclay_kernel.cache.purges import Purges
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.purging import purge
from mediaclay_structure.transactions import run

from mediaclay.processes.program import Program
from tests.cache.support.forest import KINDS, NAMES, Forest
from tests.cache.support.questions import Question, Questions
from tests.cache.support.troubled import Valkey
from tests.cache.support.writes import Writes
from tests.structure.support.service import Service

STEPS = int(os.environ.get("CACHE_STEPS", "120"))
ASKED = 8
"""Questions to each process after each write."""
LATE = tail.LEASE + 2.0
"""Seconds after which a process that nobody can look into has heard of a change for sure."""
ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))
CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_current_snapshot%' AND pid <> pg_backend_pid()"


class Cached:
    """A service that keeps answers."""

    def __init__(self, http: httpx.AsyncClient, token: str, state: Any = None) -> None:
        self.http = http
        self.token = token
        self.state = state

    async def ask(self, question: Question, **headers: str) -> bytes:
        answer = await self.http.post("/graphql", json=question.body, headers=headers)
        return _shown(answer)

    async def send(self, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = {"query": document, "variables": variables}
        return (await self.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {self.token}"})).json()

    @property
    def purges(self) -> Purges:
        return self.state.results._purges

    def hits(self) -> Counter[str]:
        return Counter({where: n for (what, where), n in self.state.results.counts.of.items() if what == "hit"})


def _shown(answer: httpx.Response) -> bytes:
    """Of an answer with errors only that there are some: whether it is the database or a deadline is chance."""
    said = answer.json()
    return b"errors" if "errors" in said else answer.content


class Troubles:
    """All that is going on at once."""

    def __init__(self, chance: Random, service: Service, valkey: Valkey, plain: Client, near: list[Cached]) -> None:
        self.chance = chance
        self.service = service
        self.valkey = valkey
        self.plain = plain
        self.near = near
        self.far = Cached(httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=30), service.token())
        self.forest = Forest()
        self.questions = Questions(self.forest, chance)
        self.writes = Writes(self.forest, chance)
        self.done = Counter[str]()

    async def truth(self, question: Question) -> bytes:
        return _shown(await self.plain.http.post("/graphql", json=question.body))

    async def step(self) -> None:
        noise = [asyncio.create_task(self._noise(each)) for each in (*self.near, self.far)]
        writer = self.chance.choice([*self.near, *self.near, self.far])
        if self.chance.random() < 0.03:
            await self._bulk()
            writer = self.near[0]
        else:
            await self.writes.one(writer.send)
        await self._same_at_once(writer)
        await asyncio.gather(*noise)
        await self._delivered()
        for each in self.near:
            await self._same_at_once(each)
        await self._same_soon(self.far)

    async def _noise(self, at: Cached) -> None:
        """Readings that are begun before the write and end whenever they do."""
        for _ in range(3):
            with suppress(httpx.HTTPError):
                await at.ask(self.questions.draw())

    async def _bulk(self) -> None:
        """What is no mutation: many nodes at once, and the end of what was pruned or deleted."""
        state, chance = self.near[0].state, self.chance
        if chance.random() < 0.5:
            while await purge(state, 0.0):
                self.done["purged"] += 1
            return
        lines = [
            NodeLine(
                kind=chance.choice(KINDS), name=chance.choice(NAMES), parent=UUID(self.forest.known(chance)),
                id=UUID(self.forest.new_id(chance)),
            )
            for _ in range(5)
        ]  # fmt: skip
        under = UUID(self.forest.known(chance))
        with suppress(ClayError):
            done, _ = await run(state.changelog, ADA, lambda work, _: ingest(work, under, lines))
            self.done["ingested"] += done.created
            self.forest.ids += [str(line.id) for line in lines]

    async def _same_at_once(self, at: Cached) -> None:
        for _ in range(ASKED):
            question = self.questions.draw()
            expected = await self.truth(question)
            assert await at.ask(question) == expected, (question, self.done)
            self.done["compared"] += 1

    async def _same_soon(self, at: Cached) -> None:
        for _ in range(ASKED):
            question = self.questions.draw()
            expected = await self.truth(question)
            async with asyncio.timeout(LATE):
                while (told := await at.ask(question)) != expected:
                    self.done["late"] += 1
                    await asyncio.sleep(0.02)
            assert told == expected
            self.done["compared far"] += 1

    async def _delivered(self) -> None:
        """Until each process that we can look into has read all that is committed."""
        rows = await self.plain.state.database.pool.fetch("SELECT stream, revision FROM changelog_head")
        heads = {row["stream"]: row["revision"] for row in rows}
        async with asyncio.timeout(20):
            for each in self.near:
                while not (each.purges.is_following and heads.items() <= each.purges.known().items()):
                    await asyncio.sleep(0.005)

    async def trouble(self) -> None:
        """Now and then something dies."""
        roll = self.chance.random()
        if roll < 0.04:
            self.done[await self.valkey.trouble(self.chance)] += 1
        elif roll < 0.06:
            writing = asyncio.create_task(self.writes.one(self.far.send))
            await asyncio.sleep(self.chance.random() * 0.03)
            await asyncio.to_thread(self.service.kill_structure)
            with suppress(httpx.HTTPError, ValueError):
                await writing
            self.done["service killed"] += 1
        elif roll < 0.09:
            await self.plain.state.database.pool.fetch(CUT_OFF)
            self.done["cut off"] += 1


class _Service(Service):
    """The service with a Valkey that we are to blame for."""

    redis_url = ""

    def _program(self, port: int) -> Program:
        made = super()._program(port)
        return replace(made, environment={**made.environment, "CLAY_REDIS_URL": self.redis_url})


@asynccontextmanager
async def near(service: Service, redis_url: str | None, **more: Any) -> AsyncGenerator[Client]:
    """The same service in this process."""
    settings: Any = Settings(database_url=service.database.url, redis_url=redis_url, public_read=True, **more)  # pyright: ignore[reportArgumentType]
    async with running(subgraph, settings) as client:
        yield client


@pytest.fixture
def service(tmp_path: Path):
    valkey = Valkey(tmp_path / "valkey")
    _Service.redis_url = valkey.url
    made = _Service(tmp_path / "service")
    made.home.mkdir(exist_ok=True)
    try:
        made.start()
        yield made, valkey
    finally:
        made.stop()
        valkey.stop()


@pytest.mark.parametrize("seed", [1])
async def test_kept_answers_are_those_of_the_database(
    service: tuple[Service, Valkey], seed: int, monkeypatch: pytest.MonkeyPatch
):
    chance, (service_, valkey) = Random(f"{seed} {os.environ.get('CACHE_SEED', '')}"), service
    look = tail.Tail._look

    async def late(self: tail.Tail, connection: Any) -> None:
        await asyncio.sleep(chance.choice([0, 0, 0.01, 0.1]))
        await look(self, connection)

    monkeypatch.setattr(tail.Tail, "_look", late)
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(near(service_, None, cache_bytes=0))
        both = [await stack.enter_async_context(near(service_, valkey.url)) for _ in range(2)]
        all_near = [Cached(each.http, each.issuer.token(exp=int(time.time()) + 86_400), each.state) for each in both]
        world = Troubles(chance, service_, valkey, plain, all_near)
        stack.push_async_callback(world.far.http.aclose)
        for _ in range(5):
            await world.writes.one(all_near[0].send)
        for _ in range(STEPS):
            await world.trouble()
            await world.step()
        hits = sum((each.hits() for each in all_near), Counter[str]())
        print(STEPS, dict(world.done), dict(hits), [dict(each.state.results.counts.of) for each in all_near])  # noqa: T201
        assert hits["process"] > STEPS
        assert hits["shared"] > 0
