"""After each kind of write, every question that was kept before is answered as from the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph
from mediaclay_structure.formats.line import LinkLine, NodeLine
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.purging import purge
from mediaclay_structure.transactions import run

ADA = Principal(uuid4(), PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}))
COMING = [str(uuid4()) for _ in range(4)]
PARTS = [
    "id name slug kind version properties updatedBy {id}", "path", "depth", "parent {id name}", "ancestors {name slug}",
    "structure {slug}", "childCount", "children {edges {cursor node {name}}}", "children {totalCount}",
    'children(filter: {kinds: ["b"]}) {nodes {name} totalCount}', "descendantCount", "descendants {nodes {name}}",
    "descendants(maxDepth: 1) {nodes {id} totalCount}", 'descendants(filter: {where: "$.n > 5"}) {nodes {id}}',
    "links {nodes {kind target {name}} totalCount}", "links(direction: IN) {nodes {source {name}} totalCount}",
    "history {nodes {revision type node {name}}}",
]  # fmt: skip
WHOLE = [
    '{structure(slug: "zoo") {id name root {name}}}', '{structure(slug: "zoo") {revision}}',
    '{structure(slug: "zoo") {nodeCount}}', '{structure(slug: "zoo") {kinds {name description}}}',
    '{structure(slug: "zoo") {changes(first: 5) {nodes {type} pageInfo {hasNextPage}}}}',
    '{structure(slug: "park") {id}}', "{structures {nodes {slug} totalCount}}",
    '{nodeByPath(structure: "zoo", path: "/a/b/c") {id}}', '{nodeByPath(structure: "zoo", path: "/z/b") {id}}',
    '{nodeByPath(structure: "park", path: "/") {name}}',
]  # fmt: skip
WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "create": ("createNode", {"parent": "b", "kind": "b", "name": "new", "id": COMING[0]}),
    "rename": ("updateNode", {"id": "b", "name": "Renamed"}),
    "another slug above": ("updateNode", {"id": "a", "slug": "z"}),
    "another kind": ("updateNode", {"id": "c", "kind": "b"}),
    "other properties": ("updateNode", {"id": "c", "properties": {"n": 9}}),
    "a move far above": ("moveNode", {"id": "a", "parent": "d"}),
    "a move among siblings": ("moveNode", {"id": "d", "parent": "root", "place": {"at": "FIRST"}}),
    "clone": ("cloneNode", {"id": "b", "parent": "d", "newId": COMING[1]}),
    "prune above": ("pruneNode", {"id": "a"}),
    "prune of a link's end": ("pruneNode", {"id": "d"}),
    "restore": ("restoreNode", {"id": "e"}),
    "link": ("linkNodes", {"source": "c", "target": "a", "kind": "k"}),
    "unlink": ("unlinkNodes", {"id": "link"}),
    "kind": ("setKind", {"structure": "zoo", "name": "b", "schema": {}, "description": "new"}),
}
NAMING = {"id", "parent", "source", "target", "structure"}
KINDS_OF = {name: f"{name[0].upper()}{name[1:]}" for name, _ in WRITES.values()}


class World:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.ids: dict[str, str] = {}

    async def do(self, name: str, /, **given: Any) -> Any:
        own = {key: self.ids.get(value, value) if key in NAMING else value for key, value in given.items()}
        wanted = {"linkNodes": "link {id}", "unlinkNodes": "link {id}", "setKind": "name"}.get(name, "node {id}")
        document = f"mutation($input: {KINDS_OF[name]}!) {{{name}(input: $input) {{{wanted}}}}}"
        return (await self.client.data(document, input=own))[name]

    async def plant(self) -> None:
        made = await self.client.data('mutation {createStructure(slug: "zoo", name: "Zoo") {id root {id}}}')
        self.ids = {"zoo": made["createStructure"]["id"], "root": made["createStructure"]["root"]["id"]}
        await self.client.state.database.pool.execute("UPDATE structure SET is_public = true")
        for name, parent in (("a", "root"), ("b", "a"), ("c", "b"), ("d", "root"), ("e", "b"), ("f", "e")):
            made = await self.do("createNode", parent=parent, kind="a", name=name)
            self.ids[name] = made["node"]["id"]
        self.ids["link"] = (await self.do("linkNodes", source="b", target="d", kind="k"))["link"]["id"]
        await self.do("linkNodes", source="f", target="d", kind="k")
        await self.do("pruneNode", id="e")

    def questions(self) -> list[str]:
        asked = [self.ids[name] for name in ("root", "b", "c", "d", "f")]
        missing = [f'{{node(id: "{id_}") {{name}}}}' for id_ in COMING]
        return [*WHOLE, *missing, *(f'{{node(id: "{id_}") {{{part}}}}}' for id_ in asked for part in PARTS)]

    async def ask(self, document: str, **headers: str) -> bytes:
        return (await self.client.http.post("/graphql", json={"query": document}, headers=headers)).content

    async def keep(self) -> int:
        """Asks everything until it is kept; how many answers are."""
        for _ in range(2):
            for document in self.questions():
                await self.ask(document)
        counted: dict[Any, int] = self.client.state.results.counts.of
        assert not [reason for (outcome, reason) in counted if outcome == "refused"]
        return len(self.client.state.results._memory)

    async def differing(self) -> list[str]:
        """The questions of which a kept answer is another one than that of the database."""
        fresh = {"Cache-Control": "no-cache"}
        return [each for each in self.questions() if await self.ask(each) != await self.ask(each, **fresh)]


@pytest.fixture
def database(new_database: Callable[..., str]) -> str:
    return new_database(subgraph)


@pytest.fixture
async def world(database: str) -> AsyncGenerator[World]:
    async with running(subgraph, Settings(database_url=database, public_read=True)) as client:  # pyright: ignore[reportArgumentType]
        made = World(client)
        await made.plant()
        async with asyncio.timeout(20):
            while not client.state.results._purges.is_following:
                await asyncio.sleep(0.01)
        assert await made.keep() == len(made.questions())
        yield made


@pytest.mark.parametrize("write", WRITES)
async def test_no_kept_answer_is_stale(world: World, write: str):
    name, given = WRITES[write]
    await world.do(name, **given)
    assert await world.differing() == []


async def test_an_ingestion_and_its_links_leave_no_stale_answer(world: World):
    at = world.client.state
    new, b, d = UUID(COMING[2]), UUID(world.ids["b"]), UUID(world.ids["d"])
    lines = [
        NodeLine(kind="b", name="new", id=new, parent=b), LinkLine(kind="k", source=new, target=d),
        LinkLine(kind="k", source=d, target=b),
    ]  # fmt: skip
    done, _ = await run(at.changelog, ADA, lambda work, _: ingest(work, UUID(world.ids["root"]), lines))
    assert (done.created, done.linked) == (1, 2)
    assert await world.differing() == []


@pytest.mark.parametrize("steps", [(False,), (False, True)])
async def test_what_is_public_or_not_any_more_leaves_no_stale_answer(world: World, steps: tuple[bool, ...]):
    for on in steps:
        query = "mutation($id: ID!, $on: Boolean!) {setPublic(structure: $id, isPublic: $on) {id}}"
        await world.client.data(query, id=world.ids["zoo"], on=on)
        assert await world.differing() == []
        await world.keep()


async def test_a_purge_a_deletion_and_a_new_structure_leave_no_stale_answer(world: World):
    while await purge(world.client.state, 0.0):
        pass
    assert await world.differing() == []
    await world.keep()
    await world.client.data("mutation($id: ID!) {deleteStructure(id: $id)}", id=world.ids["zoo"])
    assert await world.differing() == []
    await world.keep()
    for slug in ("zoo", "park"):
        await world.client.data(f'mutation {{createStructure(slug: "{slug}", name: "New") {{id}}}}')
    assert await world.differing() == []
