"""The index is built anew while the old one answers, whatever is killed meanwhile."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import httpx
import pytest
from mediaclay_search.consumers import rebuild
from mediaclay_search.engine.embedded.layout import VERSION

from tests.search.support.process import SERVE, all_of, counted, process

TOTAL = '{ search(query: "oak", mode: KEYWORD, first: 0) { totalCount } }'


async def status(client: Any) -> dict[str, Any]:
    return (await client.http.get("/v1/search/status")).json()


async def test_a_rebuild_heals_the_index_and_is_answered_from_the_old_one_meanwhile(forest, searching, finds, until):
    oaks = forest.plant()
    ids = forest.grow(oaks, "red oak", "white oak")
    async with searching(forest) as client:
        await finds(client, "oak", ids)
        await client.state.backend.delete([ids[0]])  # something went wrong with the index, nobody knows what
        await client.state.backend.commit({})
        assert (await client.data(TOTAL))["search"]["totalCount"] == 1
        answer = await client.http.post("/v1/search/rebuild", headers=client.headers())
        assert answer.status_code == 202

        async def done() -> bool:
            return (await status(client))["rebuild"]["done"] == 1

        await until(done)
        await finds(client, "oak", ids)
        [late] = forest.grow(oaks, "oak that came later")
        await finds(client, "oak", [*ids, late])


@pytest.mark.parametrize(("scope", "status_code"), [(None, 401), ("clay.read clay.write", 403)])
async def test_only_administrators_have_it_rebuilt(forest, searching, scope, status_code):
    async with searching(forest) as client:
        token = scope and client.issuer.token(scope=scope)
        answer = await client.http.post("/v1/search/rebuild", headers=client.headers(token) if token else {})
        assert answer.status_code == status_code
        assert (await status(client))["rebuild"] == {"running": False, "read": 0, "total": 0, "done": 0}


async def test_what_changes_while_it_is_rebuilt_is_in_the_new_index(forest, searching, finds, until, monkeypatch):
    oaks = forest.plant()
    ids = [forest.grow(oaks, f"oak {number}")[0] for number in range(20)]
    further, gate = rebuild.Rebuild._further, asyncio.Event()

    async def slowly(self: Any, *given: Any) -> bool:
        moved = await further(self, *given)
        await gate.wait()
        return moved

    monkeypatch.setattr(rebuild.Rebuild, "_further", slowly)
    async with searching(forest) as client:
        await finds(client, "oak", ids)
        client.state.rebuild.ask()
        rebuilding: rebuild.Rebuild = client.state.rebuild

        def is_running() -> bool:
            return rebuilding.progress.is_running

        def is_done() -> bool:
            return rebuilding.progress.done == 1

        await until(is_running)
        forest.change(oaks, ids[0], name="beech")
        ids += forest.grow(oaks, "late oak")
        await finds(client, "oak", ids[1:])
        gate.set()
        await until(is_done)
        await finds(client, "oak", ids[1:])


@pytest.mark.parametrize("after", [0.3, 1.0])
async def test_killed_at_any_point_of_a_rebuild_it_answers_and_finishes_by_itself(
    forest, tmp_path, counts, until, after
):
    oaks = forest.plant()
    for _ in range(60):
        forest.grow(oaks, *["oak"] * 100)
    folders = tmp_path / "search"
    async with process(SERVE, tmp_path, forest.url) as (_, url):
        await counts(url, all_of(6_000))
    # As it stands when a rebuild was asked for: the process finds it begun, and goes on with it.
    (folders / f"tantivy-{VERSION}.building").write_text(f"tantivy-{VERSION}+1")
    for _ in range(3):
        async with process(SERVE, tmp_path, forest.url) as (running, url):
            await counts(url, all_of(6_000))
            await asyncio.sleep(after)
            os.kill(running.pid, 9)
            await running.wait()
    async with process(SERVE, tmp_path, forest.url) as (_, url):
        await until(lambda: not (folders / f"tantivy-{VERSION}.building").exists(), 60)
        await counts(url, all_of(6_000))
        forest.grow(oaks, "oak")
        await counts(url, all_of(6_001))
        async with httpx.AsyncClient(base_url=url) as http:
            found = (await http.get("/v1/search/status")).json()
    assert found["documents"] == 6_001
    assert (folders / f"tantivy-{VERSION}.current").read_text() == f"tantivy-{VERSION}+1"
    assert not (folders / f"tantivy-{VERSION}").exists()
    assert await counted(url) == (-1, -1)
