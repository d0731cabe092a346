"""Who follows a branch is told of each change in it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.rights import Role
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph

from tests.kernel.support.served import Served, serving
from tests.structure.support.follower import following

PRUNE = "mutation($input: PruneNode!) {pruneNode(input: $input) {change {revision}}}"
RESTORE = "mutation($input: RestoreNode!) {restoreNode(input: $input) {change {revision}}}"


@pytest.fixture
async def served(client: Client) -> AsyncGenerator[Served]:
    async with serving(client) as made:
        yield made


async def do(world: Any, document: str, **given: Any) -> None:
    await world.client.data(document, input=given)


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_branch_is_told_of_what_happens_in_it_and_of_what_comes_and_goes(
    served: Served, world: Any, compiled: bool
) -> None:
    served.entry.compiled = compiled
    here, there = await world.create("here"), await world.create("there")  # 2, 3
    async with AsyncExitStack() as stack:
        all_, own, other = [
            await stack.enter_async_context(following(served.url, top, 3)) for top in (world.root, here, there)
        ]
        a = await world.create("a", here)  # 4
        await world.move(a, there)  # 5
        b = await world.create("b", a)  # 6
        await do(world, PRUNE, id=b)  # 7
        await do(world, RESTORE, id=b)  # 8
        await world.move(here, there)  # 9
        assert await all_.told(6) == [
            (4, "CREATED"), (5, "MOVED"), (6, "CREATED"), (7, "PRUNED"), (8, "RESTORED"), (9, "MOVED"),
        ]  # fmt: skip
        assert await own.told(3) == [(4, "CREATED"), (5, "MOVED"), (9, "MOVED")]
        assert await other.told(5) == [(5, "MOVED"), (6, "CREATED"), (7, "PRUNED"), (8, "RESTORED"), (9, "MOVED")]
        assert await own.is_quiet()


async def test_an_event_tells_what_the_changelog_has_and_the_node_as_it_now_is(served: Served, world: Any) -> None:
    a = await world.create("a")
    async with following(served.url, a, 1) as follower:
        change = await follower.next()
    assert change["nodeId"] == a
    assert change["node"] == {"name": "a", "path": "/a"}
    assert change["details"]["parent"] == world.root
    assert change["principal"] == {"id": str(world.client.principal)}


@pytest.mark.parametrize("compiled", [True, False])
async def test_it_ends_when_the_branch_is_gone_and_says_from_where_to_go_on(
    served: Served, world: Any, compiled: bool
) -> None:
    served.entry.compiled = compiled
    a = await world.create("a")
    b, c = await world.create("b", a), await world.create("c")
    async with AsyncExitStack() as stack:
        root, above, below, beside = [
            await stack.enter_async_context(following(served.url, top)) for top in (world.root, a, b, c)
        ]
        assert await beside.is_quiet()
        await do(world, PRUNE, id=a)  # 5
        gone = {"code": "NOT_FOUND", "reason": "GONE"}
        assert await above.told(1) == [(5, "PRUNED")]
        assert (await above.next()).items() >= gone.items()
        assert await below.next() == {**gone, "after": 4}
        assert await root.told(1) == [(5, "PRUNED")]
        assert await beside.is_quiet()
        await world.client.data("mutation($id: ID!) {deleteStructure(id: $id)}", id=world.structure)
        assert [(await each.next())["reason"] for each in (root, beside)] == ["GONE", "GONE"]


async def test_a_branch_that_is_pruned_and_back_before_anybody_looks_goes_on(served: Served, world: Any) -> None:
    a = await world.create("a")
    async with following(served.url, a, 2) as follower:
        await do(world, PRUNE, id=a)
        answer = await follower.next()
        if "revision" in answer:
            answer = await follower.next()
        assert answer["reason"] == "GONE"
    await do(world, RESTORE, id=a)
    async with following(served.url, a, 2) as follower:
        assert await follower.told(2) == [(3, "PRUNED"), (4, "RESTORED")]


@pytest.mark.parametrize(
    ("within", "after", "code"),
    [(None, None, "NOT_FOUND"), ("nonsense", None, "NOT_FOUND"), ("", 9, "BAD_USER_INPUT"), ("", -1, "BAD_USER_INPUT")],
)
async def test_what_can_not_be_followed_is_refused(
    served: Served, world: Any, within: str | None, after: int | None, code: str
) -> None:
    top = str(new_id()) if within is None else within or world.root
    async with following(served.url, top, after) as follower:
        assert (await follower.next())["code"] == code
    address = f"{served.url}/v1/branches/{top}/changes"
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        answer = await http.get(address, params={} if after is None else {"after": after})
    assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_where_reading_is_not_public_it_needs_a_token_that_may_read(database: str) -> None:
    settings = Settings(database_url=database)  # pyright: ignore[reportArgumentType]
    async with running(subgraph, settings) as client, serving(client) as served:
        made = await client.data('mutation {createStructure(slug: "zoo", name: "Zoo") {root {id}}}')
        root = made["createStructure"]["root"]["id"]
        for scope, code in ((None, "UNAUTHENTICATED"), ("clay.write", "FORBIDDEN")):
            token = None if scope is None else client.issuer.token(scope=scope)
            async with following(served.url, root, 0, token) as follower:
                assert (await follower.next())["code"] == code
        reader = new_id()
        client.grants.grant(reader, UUID(root), Role.READ)
        async with following(served.url, root, 0, client.issuer.token(reader, "clay.read")) as follower:
            assert await follower.told(1) == [(1, "CREATED")]


async def events(answer: httpx.Response, count: int) -> list[str]:
    """So many blocks of a stream, without comments."""
    text = ""
    async for chunk in answer.aiter_text():
        text += chunk
        blocks = [block for block in text.split("\n\n")[:-1] if not block.startswith(":")]
        if len(blocks) >= count:
            return blocks[:count]
    raise AssertionError(text)


async def test_by_plain_http_events_carry_their_revision_and_go_on_from_the_last_one(
    served: Served, world: Any
) -> None:
    a = await world.create("a")
    address = f"{served.url}/v1/branches/{world.root}/changes"
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        async with http.stream("GET", address, params={"after": 1}) as answer:
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            await world.move(a, world.root)
            first, second = await events(answer, 2)
        async with http.stream("GET", address, headers={"last-event-id": "2"}) as answer:
            assert await events(answer, 1) == [second]
    lines = first.split("\n")
    assert lines[:2] == ["id: 2", "event: change"]
    told = json.loads(lines[2].removeprefix("data: "))
    assert told.pop("at").endswith("+00:00")
    assert told.pop("details")["name"] == "a"
    assert told == {
        "structure": world.structure, "revision": 2, "type": "CREATED", "node": a,
        "principal": str(world.client.principal), "actors": [],
    }  # fmt: skip


async def test_by_plain_http_the_end_is_an_event_too(served: Served, world: Any) -> None:
    a = await world.create("a")
    async with (
        httpx.AsyncClient(trust_env=False, timeout=20) as http,
        http.stream("GET", f"{served.url}/v1/branches/{a}/changes") as answer,
    ):
        await do(world, PRUNE, id=a)
        blocks = await events(answer, 2)
    assert blocks[0].startswith("id: 3\nevent: change\n")
    kind, data = blocks[1].split("\n")
    assert kind == "event: end"
    assert (
        json.loads(data.removeprefix("data: ")).items() >= {"code": "NOT_FOUND", "reason": "GONE", "after": 3}.items()
    )


async def test_many_who_follow_the_same_cost_one_reading_of_each_event(served: Served, world: Any) -> None:
    async with AsyncExitStack() as stack:
        followers = [await stack.enter_async_context(following(served.url, world.root, 1)) for _ in range(20)]
        for name in "abc":
            await world.create(name)
        for follower in followers:
            assert await follower.told(3) == [(2, "CREATED"), (3, "CREATED"), (4, "CREATED")]
        assert world.client.state.live.counts.rendered <= 6  # once each, or twice where some were replayed meanwhile
        assert world.client.state.live.counts.members == 20
