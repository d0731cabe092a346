"""The index follows the trees, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import orjson
import pytest
import redis.asyncio
from mediaclay_kernel.testing import Client

STREAM = "clay:structure:changes"
NOWHERE = "redis://127.0.0.1:1/0"
LAG = '{ search(query: "") { totalCount lag } }'


async def lag(client: Client) -> tuple[int, int]:
    found = (await client.data(LAG))["search"]
    return found["totalCount"], found["lag"]


async def refusal(client: Client) -> str:
    code, _ = await client.refused(LAG)
    return code


@pytest.fixture
def caught_up(until):
    """Waits until so many nodes are found, and nothing is waiting."""

    async def wait(client: Client, count: int) -> None:
        async def is_() -> bool:
            return await lag(client) == (count, 0)

        await until(is_)

    return wait


async def test_what_was_there_before_is_found(forest, searching, finds, caught_up):
    oaks, elms = forest.plant(), forest.plant()
    first = forest.grow(oaks, "red oak", "white oak")
    second = forest.grow(elms, "elm", properties={"note": ["an oak's", {"deep": "neighbour"}], "height": 3})
    async with searching(forest) as client:
        await finds(client, "oak", [*first, *second])
        await finds(client, "neighbour", second)
        await caught_up(client, 3)


async def test_changes_are_read_page_by_page(forest, searching, caught_up):
    oaks = forest.plant()
    for number in range(2500):
        forest.grow(oaks, f"oak {number}")
    async with searching(forest) as client:
        await caught_up(client, 2500)
    assert forest.asked == [(oaks, 0), (oaks, 1000), (oaks, 2000)]


async def test_new_changed_and_felled_nodes_are_followed_without_a_bus(forest, searching, finds, caught_up):
    oaks = forest.plant()
    [first] = forest.grow(oaks, "red oak")
    async with searching(forest) as client:
        await finds(client, "oak", [first])
        [second] = forest.grow(oaks, "white oak")
        await finds(client, "oak", [first, second])
        forest.change(oaks, first, name="a beech after all")
        await finds(client, "oak", [second])
        await finds(client, "beech", [first])
        forest.fell(oaks, second)
        await finds(client, "oak", [])
        await caught_up(client, 1)


async def test_the_bus_wakes_it_before_it_looks(forest, searching, finds, redis_url):
    oaks = forest.plant()
    forest.told = {oaks: 0}  # by looking it would learn nothing
    async with searching(forest, redis_url=redis_url) as client, redis.asyncio.from_url(redis_url) as bus:
        [oak] = forest.grow(oaks, "oak")
        async with asyncio.timeout(15):
            while not forest.asked:  # until it listens, messages pass it by
                await bus.xadd(STREAM, {"stream": oaks, "revision": "1", "json": "{}"}, maxlen=100)
                await asyncio.sleep(0.05)
        await finds(client, "oak", [oak])


async def test_messages_that_mean_nothing_do_no_harm(forest, searching, finds, redis_url, caught_up):
    oaks = forest.plant()
    async with searching(forest, redis_url=redis_url) as client, redis.asyncio.from_url(redis_url) as bus:
        await asyncio.sleep(0.2)
        messages: list[Any] = [
            {"x": "y"},
            {"stream": "unknown", "revision": "3"},
            {"stream": oaks, "revision": "minus one"},
        ]
        for message in messages:
            await bus.xadd(STREAM, message, maxlen=100)
        await finds(client, "oak", forest.grow(oaks, "oak"))
        await caught_up(client, 1)


async def test_without_valkey_it_follows_all_the_same_and_complains_once(forest, searching, finds, caplog, until):
    oaks = forest.plant()
    async with searching(forest, redis_url=NOWHERE) as client:
        await finds(client, "oak", forest.grow(oaks, "oak"))
        await until(lambda: "Valkey" in caplog.text)
        await asyncio.sleep(2.5)
        await finds(client, "elm", forest.grow(oaks, "elm"))
    assert len([r for r in caplog.records if r.name.endswith("patience") and "Valkey" in r.getMessage()]) == 1


async def test_while_structure_is_away_nothing_is_found_since_nobody_says_who_may_and_then_it_goes_on(
    forest, searching, finds, caplog, until
):
    caplog.set_level(logging.INFO)
    oaks = forest.plant()
    first = forest.grow(oaks, "red oak")
    async with searching(forest) as client:
        await finds(client, "oak", first)
        forest.broken = 503
        second = forest.grow(oaks, "white oak")
        await until(lambda: "status 503" in caplog.text)
        assert await refusal(client) == "UNAVAILABLE"
        forest.broken = None
        await finds(client, "oak", [*first, *second])
    said = [r.getMessage() for r in caplog.records if r.name.endswith("patience")]
    assert said == [
        "Structure: The structure subgraph answers with status 503; try again. Search goes on trying.",
        "Structure: all is well again.",
    ]


async def test_it_starts_without_structure_and_does_not_claim_to_be_up_to_date(forest, searching):
    forest.broken = 503
    async with searching(forest) as client:
        assert await refusal(client) == "UNAVAILABLE"
        assert (await client.http.get("/ready")).status_code == 200


async def test_a_restart_goes_on_from_where_it_was(forest, searching, finds, caught_up):
    oaks = forest.plant()
    first = forest.grow(oaks, "red oak") + forest.grow(oaks, "white oak")
    async with searching(forest) as client:
        await finds(client, "oak", first)
        await caught_up(client, 2)
    third = forest.grow(oaks, "holm oak")
    async with searching(forest) as client:
        await finds(client, "oak", [*first, *third])
    assert forest.asked == [(oaks, 0), (oaks, 2)]


async def test_a_structure_that_is_gone_is_dropped(forest, searching, finds, caught_up):
    oaks, elms = forest.plant(), forest.plant()
    oak, elm = forest.grow(oaks, "big tree"), forest.grow(elms, "small tree")
    async with searching(forest) as client:
        await finds(client, "tree", [*oak, *elm])
        del forest.changes[oaks]
        await finds(client, "tree", elm)
        await caught_up(client, 1)


async def test_a_structure_that_went_back_in_time_is_read_anew(forest, searching, finds):
    oaks = forest.plant()
    kept = forest.grow(oaks, "red oak")
    lost = forest.grow(oaks, "white oak")
    async with searching(forest) as client:
        await finds(client, "oak", [*kept, *lost])
        forest.changes[oaks].pop()  # restored from a backup
        await finds(client, "oak", kept)
        await finds(client, "oak", [*kept, *forest.grow(oaks, "holm oak")])


async def test_a_change_may_come_in_several_lines(forest, searching, finds, caught_up):
    oaks = forest.plant()

    def split(line: dict[str, Any]) -> list[bytes]:
        return [orjson.dumps({**line, "nodes": [node]}) for node in line["nodes"]]

    forest.lines_of = split
    made = forest.grow(oaks, "red oak", "white oak", "holm oak") + forest.grow(oaks, "cork oak", "oak")
    async with searching(forest) as client:
        await finds(client, "oak", made)
        await caught_up(client, 5)


async def test_a_purged_fragment_is_gone_and_nothing_else_is(forest, searching, finds, caught_up):
    oaks, elms = forest.plant(), forest.plant()
    kept = forest.grow(oaks, "red oak", anchor=1)
    forest.grow(oaks, *[f"oak {number}" for number in range(30)], anchor=2)
    other = forest.grow(elms, "oak among elms", anchor=3)
    async with searching(forest) as client:
        await caught_up(client, 32)
        forest.purge(oaks, 2)
        await finds(client, "oak", [*kept, *other])
        again = forest.grow(oaks, "young oak", anchor=2)
        await finds(client, "oak", [*kept, *other, *again])
        await caught_up(client, 3)


async def test_an_answer_that_can_not_be_read_is_tried_again(forest, searching, finds, caplog, until):
    oaks = forest.plant()
    good = forest.lines_of

    def nonsense(_line: dict[str, Any]) -> list[bytes]:
        return [b'{"revision": 1, "nodes": [{"id": 1}]}']

    forest.lines_of = nonsense
    made = forest.grow(oaks, "red oak")
    async with searching(forest) as client:
        await until(lambda: "can't be read" in caplog.text)
        assert await lag(client) == (0, 1)
        forest.lines_of = good
        await finds(client, "oak", made)


async def test_it_shows_structure_its_services_token(forest, searching, finds):
    forest.wants = "Bearer of-the-services"
    made = forest.grow(forest.plant(), "oak")
    async with searching(forest, service_secret="hush", issuer=forest.url) as client:
        await finds(client, "oak", made)
    assert forest.seen["/oauth/token"] == 1


async def test_a_token_that_is_missing_is_named(forest, searching, caplog, until):
    forest.wants = "Bearer of-the-services"
    forest.grow(forest.plant(), "oak")
    async with searching(forest) as client:
        await until(lambda: "set CLAY_SERVICE_SECRET" in caplog.text)
        assert await lag(client) == (0, 1)


async def test_a_server_that_is_no_structure_does_not_stop_it(searching, forest):
    forest.url = "http://127.0.0.1:1"
    async with searching(forest) as client:
        assert isinstance(client.http, httpx.AsyncClient)
        assert await refusal(client) == "UNAVAILABLE"
