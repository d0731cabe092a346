"""A tree of the real structure subgraph, served to search as it is in production."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from mediaclay_kernel.asgi import build_app
from mediaclay_kernel.principal import Principal, PrincipalType, Scope
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, LocalIssuer
from mediaclay_structure import subgraph, transactions
from mediaclay_structure.formats.line import NodeLine
from mediaclay_structure.operations.ingest import ingest
from mediaclay_structure.purging import purge
from mediaclay_structure.state import State
from mediaclay_structure.store import pruning

from tests.search.support.serving import serving

MAKE = 'mutation {createStructure(slug: "grove", name: "Grove") {id root {id}}}'
CREATE = "mutation($input: CreateNode!) {createNode(input: $input) {node {id}}}"
MOVE = "mutation($input: MoveNode!) {moveNode(input: $input) {node {id}}}"
CLONE = "mutation($input: CloneNode!) {cloneNode(input: $input) {node {id}}}"
PRUNE = "mutation($input: PruneNode!) {pruneNode(input: $input) {change {revision}}}"
RESTORE = "mutation($input: RestoreNode!) {restoreNode(input: $input) {node {id}}}"
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM node WHERE id = $1 UNION ALL SELECT n.id FROM node n JOIN below b ON n.parent_id = b.id
    )
    SELECT id FROM below
"""


def part(path: str, breadth: int) -> list[NodeLine]:
    """The lines of an oak at a path, and of its leaves."""
    paths = [path, *(f"{path}/leaf-{each}" for each in range(breadth))]
    return [NodeLine(kind="tree", name="oak", path=each, slug=each.rpartition("/")[2]) for each in paths]


class Grove:
    """One structure of small fragments, and short words for what is done to it."""

    def __init__(self, client: Client, url: str) -> None:
        self.client = client
        self.url = url
        self.structure = self.root = ""

    @property
    def state(self) -> State:
        return self.client.state

    async def plant(self, bound: int) -> None:
        made = (await self.client.data(MAKE))["createStructure"]
        self.structure, self.root = made["id"], made["root"]["id"]
        await self.state.database.pool.execute("UPDATE structure SET bound = $1, is_public = true", bound)

    async def create(self, name: str, parent: str | None = None) -> str:
        given = {"parent": parent or self.root, "kind": "tree", "name": name}
        return (await self.client.data(CREATE, input=given))["createNode"]["node"]["id"]

    async def clone(self, node: str, parent: str) -> str:
        return (await self.client.data(CLONE, input={"id": node, "parent": parent}))["cloneNode"]["node"]["id"]

    async def prune(self, node: str) -> None:
        await self.client.data(PRUNE, input={"id": node})

    async def restore(self, node: str, parent: str | None = None) -> None:
        await self.client.data(RESTORE, input={"id": node, "parent": parent})

    async def ingest(self, under: str, lines: Sequence[NodeLine]) -> None:
        """Takes in one batch of an import."""
        principal = Principal(
            self.client.principal, PrincipalType.HUMAN, frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN})
        )
        await transactions.run(self.state.changelog, principal, lambda work, _alone: ingest(work, UUID(under), lines))

    async def bush(self, top: str, depth: int, breadth: int) -> None:
        """Below `top`, a chain of oaks, each with leaves that are oaks, too."""
        lines: list[NodeLine] = []
        for level in range(depth):
            lines += part("".join(f"/oak-{each}" for each in range(level + 1)), breadth)
        await self.ingest(top, lines)

    async def purge(self, *, heard: bool = False) -> None:
        """Deletes for good all that is pruned; where indexes have `heard` of it, it is forgotten, too."""
        while await purge(self.state, 0):
            pass
        if heard:
            await pruning.sweep(self.state.database.pool, 0)

    async def below(self, node: str) -> list[str]:
        """The ids of a branch, its top among them."""
        return [str(row["id"]) for row in await self.state.database.pool.fetch(_BELOW, UUID(node))]


@asynccontextmanager
async def growing(database: str, bound: int) -> AsyncGenerator[Grove]:
    """A grove on a port of its own."""
    settings = load(Settings, database_url=database, public_read=True)
    issuer = LocalIssuer(settings)
    app = build_app(subgraph, settings, load(subgraph.settings_class()), keys=issuer)
    async with serving(app, "on") as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        grove = Grove(Client(http, issuer, app.state.running), url)
        await grove.plant(bound)
        yield grove
