"""A structure subgraph in this process, on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running
from mediaclay_structure import subgraph


@pytest.fixture
def database(new_database: Callable[..., str]) -> str:
    """A migrated database."""
    return new_database(subgraph)


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    """The subgraph, with reading public, and a client that may write."""
    settings = Settings(database_url=database, public_read=True)  # pyright: ignore[reportArgumentType]
    async with running(subgraph, settings) as made:
        yield made


@dataclass
class World:
    """A structure `zoo`, and short words for what is done to it."""

    client: Client
    structure: str
    root: str

    async def create(self, name: str, parent: str | None = None, **more: Any) -> str:
        """The id of a new node."""
        given = {"parent": parent or self.root, "kind": "thing", "name": name, **more}
        answer = await self.client.data(CREATE, input=given)
        return answer["createNode"]["node"]["id"]

    async def move(self, node: str, parent: str, **more: Any) -> dict[str, Any]:
        """The payload of a move."""
        return (await self.client.data(MOVE, input={"id": node, "parent": parent, **more}))["moveNode"]

    async def names(self, parent: str | None = None) -> list[str]:
        """The names of the children, in order."""
        answer = await self.client.data(CHILDREN, id=parent or self.root)
        return [node["name"] for node in answer["node"]["children"]["nodes"]]

    async def revision(self) -> int:
        """The revision of the structure."""
        return (await self.client.data('{structure(slug: "zoo") {revision}}'))["structure"]["revision"]


CREATE = "mutation($input: CreateNode!) {createNode(input: $input) {node {id slug} change {revision}}}"
MOVE = """mutation($input: MoveNode!) {
    moveNode(input: $input) {node {id path version} change {revision type details}}}"""
CHILDREN = "query($id: ID!) {node(id: $id) {children(first: 1000) {nodes {name}}}}"


@pytest.fixture
async def world(client: Client) -> World:
    """A structure `zoo` that has nothing but its root, and that anybody may read."""
    answer = await client.data('mutation {createStructure(slug: "zoo", name: "Zoo") {id root {id}}}')
    structure = answer["createStructure"]["id"]
    # Not by setPublic, which is a change: the first revision is that of the root.
    await client.state.database.pool.execute("UPDATE structure SET is_public = true WHERE id = $1", UUID(structure))
    return World(client, structure, answer["createStructure"]["root"]["id"])
