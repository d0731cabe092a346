"""Conditions on properties, the same on every engine as for one node alone."""

import random
from typing import Any

import pytest
from mediaclay_search.predicates import facts_of, holds, parse
from mediaclay_search.records import Document, Search

from tests.search.test_where import some_predicate, some_properties


@pytest.fixture
async def world(backend):
    chosen = random.Random(1)
    nodes = [
        Document(f"{n:03}", "s", "1", f"{n}/", "k", "oak", "", facts_of(some_properties(chosen))) for n in range(150)
    ]
    await backend.upsert(nodes)
    await backend.commit({})
    return backend, nodes


async def test_conditions_find_what_they_hold_for_and_count_it(world):
    backend, nodes = world
    chosen = random.Random(2)
    for _ in range(150):
        where = parse(some_predicate(chosen))
        expected = [node.id for node in nodes if holds(where, frozenset(node.facts))]
        for text in ("", "oak"):
            page = await backend.search(Search(text, first=1000, where=where))
            assert sorted(hit.id for hit in page.hits) == expected
            assert page.total == len(expected)
        counted = await backend.kinds(Search("oak", where=where))
        assert sum(bucket.count for bucket in counted) == len(expected)


async def test_some_ids_alone_and_all_but_some_are_found_counted_and_completed(world):
    backend, nodes = world
    some, others = tuple(node.id for node in nodes[:5]), tuple(node.id for node in nodes[5:])
    narrowings: list[dict[str, Any]] = [
        {"only": some},
        {"without": others},
        {"only": (*some, "unknown"), "without": ("unknown",)},
    ]
    for narrowed in narrowings:
        page = await backend.search(Search("oak", first=1000, **narrowed))
        assert (sorted(hit.id for hit in page.hits), page.total) == (sorted(some), 5)
        [bucket] = await backend.kinds(Search("", **narrowed))
        assert bucket.count == 5
        assert sorted(await backend.suggest(Search("oa", first=100, **narrowed))) == sorted(some)
    assert (await backend.search(Search("oak", only=()))).total == 0


async def test_documents_come_back_as_they_were_put_in(world):
    backend, nodes = world
    found = await backend.documents([nodes[0].id, "unknown", nodes[7].id])
    assert found == {nodes[0].id: nodes[0], nodes[7].id: nodes[7]}
    assert await backend.documents([]) == {}
