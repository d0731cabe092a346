"""Kept answers as clients of the endpoint meet them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from mediaclay_kernel.ids import new_id
from mediaclay_kernel.plan.plan import Plan
from mediaclay_kernel.rights import Role
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running, statements
from mediaclay_structure import subgraph

PLANT = 'mutation {createStructure(slug: "zoo", name: "Zoo") {root {id}}}'
CREATE = "mutation($input: CreateNode!) {createNode(input: $input) {node {id}}}"
READ = '{structure(slug: "zoo") {root {name children {nodes {name}}}}}'


@pytest.fixture
def database(new_database: Callable[..., str]) -> str:
    return new_database(subgraph)


@pytest.fixture
async def client(database: str) -> AsyncGenerator[Client]:
    async for each in _running(Settings(database_url=database, public_read=True)):  # pyright: ignore[reportArgumentType]
        yield each


@pytest.fixture
async def closed(database: str) -> AsyncGenerator[Client]:
    async for each in _running(Settings(database_url=database)):  # pyright: ignore[reportArgumentType]
        yield each


async def _running(settings: Settings) -> AsyncGenerator[Client]:
    async with running(subgraph, settings) as made:
        async with asyncio.timeout(20):
            while not made.state.results._purges.is_following:
                await asyncio.sleep(0.01)
        await made.data(PLANT)
        await made.state.database.pool.execute("UPDATE structure SET is_public = true")
        yield made


async def get(client: Client, document: str = READ, token: str | None = None, **headers: str) -> httpx.Response:
    own = {**client.headers(token), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await client.http.get("/graphql", params={"query": document}, headers=own)


async def test_an_answer_that_is_kept_costs_no_statement_until_it_is_changed(client: Client):
    root = (await client.data('{structure(slug: "zoo") {root {id}}}'))["structure"]["root"]["id"]
    [*_, before] = [await client.data(READ, None) for _ in range(3)]  # the second time it is compiled
    with statements(client.state.database) as asked:
        assert await client.data(READ, None) == before
    assert asked == []
    await client.data(CREATE, input={"parent": root, "kind": "thing", "name": "Owl"})
    after = await client.data(READ, None)
    assert after["structure"]["root"]["children"]["nodes"] == [{"name": "Owl"}]


async def test_no_caller_gets_the_answer_of_another(closed: Client):
    mine, yours = (closed.issuer.token() for _ in range(2))
    for _ in range(3):
        await closed.data(READ, mine)
    with statements(closed.state.database) as asked:
        await closed.data(READ, mine)
        assert asked == []
        await closed.data(READ, yours)
        assert len(asked) == 2
    assert (await closed.refused(READ, None))[0] == "UNAUTHENTICATED"
    assert (await closed.refused(READ, closed.issuer.token(scope="clay.write")))[0] == "FORBIDDEN"
    assert (await closed.refused(READ, "no token"))[0] == "UNAUTHENTICATED"


async def test_a_get_is_told_who_may_keep_it_and_by_what_it_is_known_again(client: Client):
    await get(client)
    public = await get(client)
    assert public.headers["cache-control"] == "public, no-cache"
    assert public.headers["vary"] == "Accept, Authorization"
    private = await get(client, token=client.issuer.token())
    assert private.headers["cache-control"] == "private, no-cache"
    assert private.headers["etag"] == public.headers["etag"]
    known = await get(client, if_none_match=public.headers["etag"])
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", public.headers["etag"])
    other = await get(client, if_none_match=public.headers["etag"], accept="application/graphql-response+json")
    assert (other.status_code, other.json()) == (200, public.json())
    assert other.headers["etag"] != public.headers["etag"]


async def test_a_get_with_errors_or_without_a_plan_is_nobodys_to_keep(client: Client):
    failing = '{structure(slug: "zoo") {root {children(first: -1) {nodes {id}}}}}'
    for document in (failing, failing, "{prunedAnchors __schema {queryType {name}}}", "{nonsense}"):
        answer = await get(client, document)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_who_asks_for_a_fresh_answer_is_answered_from_the_database(client: Client):
    for _ in range(3):
        await get(client)
    with statements(client.state.database) as asked:
        await get(client)
        assert asked == []
        await get(client, cache_control="no-cache")
        assert len(asked) == 2


async def test_what_does_not_say_on_what_it_depends_is_not_kept(client: Client):
    for _ in range(3):
        with statements(client.state.database) as asked:
            await client.data("{prunedAnchors}", None)
        assert len(asked) == 2
    counted: dict[Any, int] = client.state.results.counts.of
    assert counted["refused", "untagged Query.prunedAnchors"] == 2


async def test_without_memory_for_answers_nothing_is_kept(database: str):
    settings: Any = {"database_url": database, "public_read": True, "cache_bytes": 0}
    async with running(subgraph, Settings(**settings)) as client:
        await client.data(PLANT)
        await client.state.database.pool.execute("UPDATE structure SET is_public = true")
        assert client.state.results is None
        for count in (3, 2, 2):  # compiled, the root and its children are one statement
            with statements(client.state.database) as asked:
                await client.data(READ, None)
            assert len(asked) == count


async def test_whoever_was_granted_nothing_has_kept_answers_of_what_is_public_and_never_those_from_while_it_was(
    client: Client,
):
    somebody = new_id()
    token = client.issuer.token(somebody, "clay.read")
    pool = client.state.database.pool
    root = (await client.data('{structure(slug: "zoo") {id root {id}}}'))["structure"]["root"]["id"]

    async def costs() -> tuple[Any, int]:
        with statements(client.state.database) as asked:
            found = await client.data(READ, token)
        return found["structure"], len(asked)

    for _ in range(3):
        await costs()
    shown, cost = await costs()
    assert (shown["root"], cost) == ({"name": "Zoo", "children": {"nodes": []}}, 0)
    grant = client.grants.grant(somebody, UUID(root), Role.READ)
    for _ in range(3):
        _, cost = await costs()
        assert cost > 0
    await pool.execute("UPDATE structure SET is_public = false")  # behind everybody's back: nothing is purged
    assert (await costs())[0]["root"] is not None
    client.grants.revoke(somebody, grant)
    assert await client.data('{structure(slug: "zoo") {name}}', token) == {"structure": None}


async def test_what_is_read_while_somebody_is_granted_something_is_not_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    somebody = new_id()
    token = client.issuer.token(somebody, "clay.read")
    root = (await client.data('{structure(slug: "zoo") {id root {id}}}'))["structure"]["root"]["id"]
    for _ in range(2):
        await client.data(READ, token)
    before = dict(client.state.results.counts.of)
    run = Plan.run

    async def granted_meanwhile(*given: Any, **options: Any) -> Any:
        grant = client.grants.grant(somebody, UUID(root), Role.READ)
        try:
            return await run(*given, **options)
        finally:
            client.grants.revoke(somebody, grant)

    monkeypatch.setattr(Plan, "run", granted_meanwhile)
    await client.http.post(
        "/graphql", json={"query": READ}, headers={**client.headers(token), "cache-control": "no-cache"}
    )
    told = {key: n - before.get(key, 0) for key, n in client.state.results.counts.of.items() if n != before.get(key, 0)}
    assert any("granted" in str(key) for key in told), told
