"""Writers and subscribers, in a loop of their own: the main thread kills servers meanwhile."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import asyncpg
import httpx

from tests.live.support.house import House
from tests.live.support.subscribers import ByClient, ByEvents, ByHttp, BySocket, Subscriber

T = TypeVar("T")
APPLY = """mutation($structure: ID!, $operations: [Operation!]!) {
    apply(structure: $structure, operations: $operations) { revision }}"""
CREATE = "mutation($input: CreateNode!) { createNode(input: $input) { node { id } } }"
BRANCHES = 3
WRITERS = 5


class Crowd:
    """Some write, `rate` times a second together, and some are told."""

    def __init__(self, house: House, rate: float, seed: int) -> None:
        self.house = house
        self.rate = rate
        self.written = 0
        self.refused = 0
        self.subscribers: list[Subscriber] = []
        self._chance = random.Random(seed)
        self._token = house.token
        self._nodes: list[str] = []
        self._changes: list[tuple[int, set[str]]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: list[asyncio.Future[None]] = []

    def start(self) -> None:
        """A structure with a few branches, and everybody begins."""
        self._thread.start()
        self._run(self._begin())

    def stop(self) -> None:
        """Everybody goes home."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def drop(self) -> str:
        """The connection of somebody breaks; answers whose."""
        unlucky = self._chance.choice([each for each in self.subscribers if not isinstance(each, ByClient)])
        self._loop.call_soon_threadsafe(unlucky.drop)
        return unlucky.kind

    def whole(self, seconds: float) -> float:
        """Waits until everybody was told all that was committed until now; the seconds that it took.

        Raises `AssertionError` for what is missing, came twice, in another order, or was not theirs.
        """
        began = time.monotonic()
        head = self._run(self._read_changes())
        while True:
            behind = [each for each in self.subscribers if not self._check(each, head)]
            if not behind:
                return time.monotonic() - began
            assert time.monotonic() - began < seconds, [
                (each.kind, each.cursor, self._expected(each, head)[-3:], dict(each.ends)) for each in behind
            ]
            time.sleep(0.02)

    def _check(self, subscriber: Subscriber, head: int) -> bool:
        assert subscriber.fatal is None, (subscriber.kind, subscriber.fatal)
        told = [revision for revision in [*subscriber.told] if revision <= head]
        expected = self._expected(subscriber, head)
        assert told == expected[: len(told)], (subscriber.kind, _difference(told, expected))
        return told == expected

    def _expected(self, subscriber: Subscriber, head: int) -> list[int]:
        return [
            revision
            for revision, within in self._changes
            if subscriber.after < revision <= head and subscriber.within in within
        ]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    async def _begin(self) -> None:
        async with self._client() as http:
            made = await self._ask(http, 'mutation { createStructure(slug: "zoo", name: "Zoo") { id root { id } } }')
            self._structure, root = made["createStructure"]["id"], made["createStructure"]["root"]["id"]
            branches = [
                (await self._ask(http, CREATE, input={"parent": root, "kind": "t", "name": f"b{n}"}))["createNode"][
                    "node"
                ]["id"]
                for n in range(BRANCHES)
            ]
        self._branches, self._nodes = branches, [*branches]
        for within in (root, *branches):
            self.subscribers += self._kinds(within)
        self._tasks = [asyncio.ensure_future(each.run()) for each in self.subscribers]
        self._tasks += [asyncio.ensure_future(self._write(number)) for number in range(WRITERS)]

    def _kinds(self, within: str) -> list[Subscriber]:
        given = self.house, self._token, within, 1
        return [
            BySocket("router", *given), ByEvents("router", *given), BySocket("structure", *given),
            ByEvents("structure", *given), ByHttp(*given), ByClient(*given),
        ]  # fmt: skip

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _client(self) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self._token}"}
        return httpx.AsyncClient(base_url=self.house.url("writer"), headers=headers, trust_env=False, timeout=10)

    async def _ask(self, http: httpx.AsyncClient, query: str, **variables: Any) -> Any:
        answer = (await http.post("/graphql", json={"query": query, "variables": variables})).json()
        if "errors" in answer:
            raise ValueError(answer["errors"])
        return answer["data"]

    async def _write(self, number: int) -> None:
        chance, pause = random.Random(number), WRITERS / self.rate
        async with self._client() as http:
            due = time.monotonic()
            while True:
                due = max(due + pause, time.monotonic() - 1)
                await asyncio.sleep(max(due - time.monotonic(), 0))
                operation = self._operation(chance)
                try:
                    await self._ask(http, APPLY, structure=self._structure, operations=[operation])
                except (httpx.HTTPError, ValueError):
                    self.refused += 1
                else:
                    self.written += 1
                    self._nodes += [operation["create"]["id"]] if "create" in operation else []

    def _operation(self, chance: random.Random) -> dict[str, Any]:
        """A node comes, is renamed, or goes to another branch."""
        name = f"n{chance.getrandbits(64):x}"
        kind = chance.random()
        if kind < 0.3 or len(self._nodes) < 20:
            node = f"{chance.getrandbits(32):08x}-{chance.getrandbits(16):04x}-4000-8000-{chance.getrandbits(48):012x}"
            return {"create": {"id": node, "parent": chance.choice(self._branches), "kind": "t", "name": name}}
        node = chance.choice(self._nodes[BRANCHES:])
        if kind < 0.65:
            return {"update": {"id": node, "name": name}}
        return {"move": {"id": node, "parent": chance.choice(self._branches)}}

    async def _read_changes(self) -> int:
        """Reads what was committed since the last time; answers the newest revision."""
        known = self._changes[-1][0] if self._changes else 0
        connection = await asyncpg.connect(self.house.database_url)
        try:
            rows = await connection.fetch(
                "SELECT revision, within FROM structure.changelog WHERE revision > $1 ORDER BY revision", known
            )
        finally:
            await connection.close()
        self._changes += [(row["revision"], {str(node) for node in row["within"]}) for row in rows]
        assert [revision for revision, _ in self._changes] == [*range(1, len(self._changes) + 1)]
        return len(self._changes)


def _difference(told: list[int], expected: list[int]) -> dict[str, list[int]]:
    missing, more = sorted({*expected[: len(told)]} - {*told}), sorted({*told} - {*expected})
    return {"missing": missing[:10], "not theirs, or twice": more[:10], "last": told[-3:]}
