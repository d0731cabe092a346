"""Search as a process of its own: killed in the midst of its work, and without the other subgraphs installed."""

from __future__ import annotations

import asyncio

from tests.search.support.process import SERVE, all_of, any_of_them, counted, process

ALONE = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"mediaclay_structure", "mediaclay_identity", "mediaclay"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
"""


async def test_killed_in_the_midst_of_an_import_it_goes_on_from_the_last_commit(forest, tmp_path, counts):
    oaks = forest.plant()
    for _ in range(150):
        forest.grow(oaks, *["oak"] * 100)
    forest.pause_behind = 110
    async with process(SERVE, tmp_path, forest.url) as (running, url):
        await asyncio.wait_for(forest.paused.wait(), 40)
        total, _ = await counts(url, any_of_them)
        running.kill()
        await running.wait()
    assert 0 < total <= 11_000
    forest.pause_behind = None
    async with process(SERVE, tmp_path, forest.url) as (running, url):
        await counts(url, all_of(15_000))
    assert forest.asked[0] == (oaks, 0)
    # It commits when it has read enough or for long enough, so how far it came depends on the machine.
    assert total // 100 <= forest.asked[1][1] <= 110


async def test_a_second_process_on_one_home_says_what_to_do_and_ends(forest, tmp_path, counts):
    oaks = forest.plant()
    forest.grow(oaks, "oak")
    async with process(SERVE, tmp_path, forest.url) as (_, url):
        await counts(url, all_of(1))
        async with process(SERVE, tmp_path, forest.url) as (second, _):
            _, said = await asyncio.wait_for(second.communicate(), 30)
            assert second.returncode != 0
            assert b"Another process writes the search index" in said
        assert await counted(url) == (1, 0)


async def test_it_ends_in_peace_when_told_to(forest, tmp_path, counts):
    async with process(SERVE, tmp_path, forest.url) as (running, url):
        await counts(url, all_of(0))
        running.terminate()
        _, said = await asyncio.wait_for(running.communicate(), 20)
    assert running.returncode in (0, -15)
    assert b"Traceback" not in said


async def test_it_runs_where_no_other_subgraph_is_installed(forest, tmp_path, counts):
    forest.grow(forest.plant(), "oak")
    async with process(ALONE + SERVE, tmp_path, forest.url) as (_, url):
        await counts(url, all_of(1))
    async with process(ALONE + "import mediaclay_structure", tmp_path, forest.url) as (broken, _):
        _, said = await asyncio.wait_for(broken.communicate(), 20)
        assert b"ModuleNotFoundError: mediaclay_structure" in said
