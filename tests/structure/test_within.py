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
        self.pruned: dict[str, str] = {}
        self.links: dict[str, tuple[str, str]] = {}

    def line(self, node: str | None) -> list[str]:
        found: list[str] = []
        while node is not None:
            found.append(node)
            node = self.parents[node]
        return found

    def living(self) -> list[str]:
        return [node for node in self.parents if not self.pruned.keys() & {*self.line(node)}]

    def is_below(self, node: str, top: str) -> bool:
        return top in self.line(node)


async def within(world: Any, revision: int) -> set[str]:
    rows = await world.client.state.database.pool.fetch(
        "SELECT within FROM changelog WHERE revision = $1 AND stream = $2", revision, world.structure
    )
    [named] = rows[0]
    assert len(named) == len(set(named))
    return {str(node) for node in named}


def chosen(chance: random.Random, family: Family) -> tuple[dict[str, Any], set[str]]:
    """An operation that will succeed, and the branches that it happens in; the model is moved on."""
    nodes = family.living()
    movable = nodes[1:]
    kind = chance.choice(["create", "create", "move", "update", "prune", "restore", "link", "clone"])
    target = chance.choice(nodes)
    if kind in {"move", "update", "prune", "link", "clone"} and not movable:
        kind = "create"
    match kind:
        case "update":
            return {"update": {"id": target, "name": f"n{chance.random()}"}}, {*family.line(target)}
        case "move":
            node = chance.choice(movable)
            if family.is_below(target, node):
                return chosen(chance, family)
            before = family.line(node)
            family.parents[node] = target
            return {"move": {"id": node, "parent": target}}, {*before, *family.line(node)}
        case "prune":
            node = chance.choice(movable)
            family.pruned[node] = "pruned"
            return {"prune": {"id": node}}, {*family.line(node)}
        case "restore" if family.pruned:
            node = chance.choice([*family.pruned])
            if family.parents[node] not in family.living():
                return chosen(chance, family)
            del family.pruned[node]
            return {"restore": {"id": node}}, {*family.line(node)}
        case "link":
            source = chance.choice(movable)
            given = {"source": source, "target": target, "kind": f"k{chance.random()}"}
            return {"link": given}, {*family.line(source), *family.line(target)}
        case "clone":
            node = chance.choice([each for each in movable if each not in family.parents.values()] or [None])
            if node is None:
                return chosen(chance, family)
            copy = new(chance)
            family.parents[copy] = target
            return {"clone": {"id": node, "parent": target, "newId": copy, "name": copy}}, {*family.line(copy)}
        case _:
            node = new(chance)
            family.parents[node] = target
            given = {"id": node, "parent": target, "kind": "thing", "name": node}
            return {"create": given}, {*family.line(node)}


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
