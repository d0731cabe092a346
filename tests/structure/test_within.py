"""Each change names the branches that it happened in: what stood above its subject, before it and after it."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import orjson
import pytest

DO = """mutation($structure: ID!, $operations: [Operation!]!) {
    apply(structure: $structure, operations: $operations) {revision changes {revision}}}"""


class Family:
    """Who is whose parent: a plain model, kept beside the real tree."""

    def __init__(self, root: str) -> None:
        self.parents: dict[str, str | None] = {root: None}
        self.pruned: set[str] = set()

    def line(self, node: str | None) -> list[str]:
        found: list[str] = []
        while node is not None:
            found.append(node)
            node = self.parents[node]
        return found

    def living(self) -> list[str]:
        return [node for node in self.parents if not self.pruned & {*self.line(node)}]

    def is_below(self, node: str, top: str) -> bool:
        return top in self.line(node)


async def within(world: Any, revision: int) -> set[str]:
    rows = await world.client.state.database.pool.fetch(
        "SELECT within FROM changelog WHERE revision = $1 AND stream = $2", revision, world.structure
    )
    [named] = rows[0]
    assert len(named) == len(set(named))
    return {str(node) for node in named}


Made = tuple[dict[str, Any], set[str]]
"""An operation that will succeed, and the branches that it happens in."""


def chosen(chance: random.Random, family: Family) -> Made:
    """The next operation; the model is moved on."""
    while True:
        made = chance.choice([create, create, move, update, prune, restore, link, clone])(chance, family)
        if made is not None:
            return made


def create(chance: random.Random, family: Family) -> Made:
    node, parent = new(chance), chance.choice(family.living())
    family.parents[node] = parent
    return {"create": {"id": node, "parent": parent, "kind": "thing", "name": node}}, {*family.line(node)}


def update(chance: random.Random, family: Family) -> Made:
    node = chance.choice(family.living())
    return {"update": {"id": node, "name": f"n{chance.random()}"}}, {*family.line(node)}


def move(chance: random.Random, family: Family) -> Made | None:
    node, parent = chance.choice(family.living()), chance.choice(family.living())
    if family.is_below(parent, node):
        return None
    before = family.line(node)
    family.parents[node] = parent
    return {"move": {"id": node, "parent": parent}}, {*before, *family.line(node)}


def prune(chance: random.Random, family: Family) -> Made | None:
    node = chance.choice(family.living())
    if family.parents[node] is None:
        return None
    family.pruned.add(node)
    return {"prune": {"id": node}}, {*family.line(node)}


def restore(chance: random.Random, family: Family) -> Made | None:
    node = chance.choice([*family.pruned, None])
    if node is None or family.parents[node] not in family.living():
        return None
    family.pruned.discard(node)
    return {"restore": {"id": node}}, {*family.line(node)}


def link(chance: random.Random, family: Family) -> Made:
    source, target = chance.choice(family.living()), chance.choice(family.living())
    given = {"source": source, "target": target, "kind": f"k{chance.random()}"}
    return {"link": given}, {*family.line(source), *family.line(target)}


def clone(chance: random.Random, family: Family) -> Made | None:
    node, parent, copy = chance.choice(family.living()), chance.choice(family.living()), new(chance)
    if node in family.parents.values() or family.parents[node] is None:
        return None  # a branch's copies would have ids that the model does not know
    family.parents[copy] = parent
    return {"clone": {"id": node, "parent": parent, "newId": copy, "name": copy}}, {*family.line(copy)}


def new(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


@pytest.mark.parametrize("at_once", [1, 7])
async def test_random_operations_each_name_what_they_happened_in(world: Any, at_once: int) -> None:
    chance, family = random.Random(at_once), Family(world.root)
    for _ in range(150 // at_once):
        made = [chosen(chance, family) for _ in range(at_once)]
        answer = await world.client.data(DO, structure=world.structure, operations=[given for given, _ in made])
        for change, (given, expected) in zip(answer["apply"]["changes"], made, strict=True):
            assert await within(world, change["revision"]) == expected, given


async def test_what_comes_in_at_once_names_the_branches_that_grow_and_the_ends_of_new_links(world: Any) -> None:
    a, b, c = await world.create("a"), await world.create("b"), await world.create("c")
    deep = await world.create("deep", a)
    lines = [
        {"path": "/x", "kind": "thing", "name": "x"},
        {"parent": deep, "kind": "thing", "name": "y"},
        {"link": "to", "source": b, "target": deep},
    ]
    body = b"\n".join(map(orjson.dumps, lines))
    answer = await world.client.http.post(
        f"/v1/branches/{world.root}.ndjson", content=body, headers=world.client.headers()
    )
    assert answer.status_code == 200, answer.text
    revision = await world.revision()
    assert await within(world, revision) == {world.root, a, deep, b}
    assert c not in await within(world, revision)


async def test_a_kind_is_a_change_of_the_whole_and_of_no_branch(world: Any) -> None:
    await world.create("a")
    given = {"structure": world.structure, "name": "thing", "schema": {}}
    await world.client.data("mutation($input: SetKind!) {setKind(input: $input) {name}}", input=given)
    assert await within(world, await world.revision()) == {world.root}
