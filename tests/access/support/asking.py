"""Every way to read, held against the model: each answers what the subgraph said and what the model says."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import orjson
from mediaclay_kernel.testing import Client

from tests.access.support.model import Caller, Model, Tree

Said = tuple[Any, Any]
"""What was said, and what should have been."""
PATIENCE = 20.0
"""Seconds for search to hear of what has happened, on a crowded machine."""


class Asking:
    """Asks a subgraph in the name of a caller."""

    def __init__(
        self, clients: tuple[Client, Client], model: Model, tokens: dict[str, str | None], chance: random.Random
    ) -> None:
        """`clients` are those of structure and of search."""
        self.client, self.finder = clients
        self.latest = 0.0
        """The most seconds that search took to find all that it should."""
        self.model = model
        self.tokens = tokens
        self.chance = chance

    async def data(self, caller: Caller, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        return await self.client.data(query, self.tokens[caller.name], **variables)

    def some(self, tree: Tree, most: int) -> list[UUID]:
        """Some nodes, live and pruned ones."""
        known = [*tree.parent]
        return self.chance.sample(known, min(most, len(known)))

    async def node(self, caller: Caller, tree: Tree, now: float) -> Said:
        """`node`, with what lies above and below it."""
        [node] = self.some(tree, 1)
        found = (await self.data(caller, NODE, id=str(node)))["node"]
        if found is not None:
            found["links"]["nodes"].sort(key=str)
        return found, self._node(caller, tree, node, now)

    def _node(self, caller: Caller, tree: Tree, node: UUID, now: float) -> Any:
        if not self.model.reads(caller, node, now):
            return None
        line = tree.line(node)
        seen = [above for above in line[:-1] if self.model.reads(caller, above, now)]
        links = [
            (source, target)
            for source, target in tree.links
            if node in (source, target) and all(self.model.reads(caller, end, now) for end in (source, target))
        ]
        return {
            "id": str(node), "path": "/" + "/".join(tree.slugs[each] for each in line[1:]), "depth": len(line) - 1,
            "parent": {"id": str(seen[-1])} if seen else None, "ancestors": [{"id": str(each)} for each in seen],
            "children": {
                "nodes": [{"id": str(child)} for child in tree.children[node]], "totalCount": len(tree.children[node])
            },
            "childCount": len(tree.children[node]), "descendantCount": len([*tree.below(node)]),
            "descendants": {"nodes": [{"id": str(each)} for each in tree.below(node)]},
            "links": {
                "nodes": sorted(({"source": {"id": str(s)}, "target": {"id": str(t)}} for s, t in links), key=str),
                "totalCount": len(links),
            },
            "structure": {"slug": tree.slug},
        }  # fmt: skip

    async def nodes(self, caller: Caller, tree: Tree, now: float) -> Said:
        """`nodes`, unknown ids among them."""
        asked = [*self.some(tree, 12), uuid4()]
        found = (await self.data(caller, NODES, ids=[str(each) for each in asked]))["nodes"]
        known = {each for own in self.model.trees.values() for each in own.parent}
        return found, [
            {"id": str(each)} if each in known and self.model.reads(caller, each, now) else None for each in asked
        ]

    async def entities(self, caller: Caller, tree: Tree, now: float) -> Said:
        """`_entities`, as the router asks."""
        asked = self.some(tree, 12)
        keys = [{"__typename": "Node", "id": str(each)} for each in asked]
        found = (await self.data(caller, ENTITIES, keys=keys))["_entities"]
        return found, [
            {"id": str(each), "childCount": len(tree.children[each])} if self.model.reads(caller, each, now) else None
            for each in asked
        ]

    async def at_once(self, caller: Caller, tree: Tree, now: float) -> Said:
        """`node` with its children, which PostgreSQL writes as JSON by one statement."""
        [node] = self.some(tree, 1)
        found = (await self.data(caller, AT_ONCE, id=str(node)))["node"]
        children = [{"id": str(child), "childCount": len(tree.children[child])} for child in tree.children[node]]
        may = self.model.reads(caller, node, now)
        return found, {"id": str(node), "children": {"nodes": children}} if may else None

    async def history(self, caller: Caller, tree: Tree, now: float) -> Said:
        """`history` of what may not be read is that of nothing; of what may be it tells no other node."""
        [node] = self.some(tree, 1)
        found = (await self.data(caller, HISTORY, id=str(node)))["node"]
        if found is None:
            return None, None if not self.model.reads(caller, node, now) else "a node"
        shown = [each["node"] for each in found["history"]["nodes"] if each["node"] is not None]
        return all(self.model.reads(caller, UUID(each["id"]), now) for each in shown), self.model.reads(
            caller, node, now
        )

    async def by_path(self, caller: Caller, tree: Tree, now: float) -> Said:
        """`nodeByPath`."""
        node = self.chance.choice(tree.live())
        path = "/" + "/".join(tree.slugs[each] for each in tree.line(node)[1:])
        found = (await self.data(caller, BY_PATH, structure=tree.slug, path=path))["nodeByPath"]
        return found, {"id": str(node)} if self.model.reads(caller, node, now) else None

    async def structures(self, caller: Caller, _: Tree, now: float) -> Said:
        """`structures`, with how many nodes of each there are to be read."""
        found = (await self.data(caller, STRUCTURES))["structures"]
        expected: list[Any] = []
        for tree in sorted(self.model.trees.values(), key=lambda each: each.slug):
            seen = self.model.readable(caller, tree, now)
            if seen or tree.is_public:
                root = {"id": str(tree.root)} if tree.root in seen else None
                expected.append({"slug": tree.slug, "nodeCount": len(seen), "root": root})
        return found, {"nodes": expected, "totalCount": len(expected)}

    async def stream(self, caller: Caller, tree: Tree, now: float) -> Said:
        """A branch as NDJSON."""
        [top] = self.some(tree, 1)
        headers = self.client.headers(self.tokens[caller.name])
        answer = await self.client.http.get(f"/v1/branches/{top}.ndjson", headers=headers)
        if not self.model.reads(caller, top, now):
            return answer.status_code, 404
        lines = [orjson.loads(line) for line in answer.text.splitlines()]
        inside = {top, *tree.below(top)}
        links = sorted(
            (str(source), str(target))
            for source, target in tree.links
            if source in inside and self.model.reads(caller, target, now)
        )
        found = [line["id"] for line in lines if "id" in line]
        ties = sorted((line.get("source", str(top)), line.get("target", str(top))) for line in lines if "link" in line)
        return (answer.status_code, found, ties), (200, [str(each) for each in tree.below(top)], links)

    async def scope(self, caller: Caller, _: Tree, now: float) -> Said:
        """`readableScope`: where search would look, by the anchors and keys that the tables hold."""
        found = (await self.data(caller, SCOPE))["readableScope"]
        if found is None:
            return caller.is_admin, True
        rows = await self.client.state.database.pool.fetch(
            "SELECT n.structure_id, n.id, n.anchor_id, n.okey FROM node n JOIN anchor a "
            "ON a.structure_id = n.structure_id AND a.id = n.anchor_id WHERE a.gpath < 'z/'"
        )
        by_structure = {each["structure"]: each for each in found}
        seen = {row["id"] for row in rows if _is_in(by_structure.get(str(row["structure_id"])), row)}
        trees = self.model.trees.values()
        return seen, {node for tree in trees for node in self.model.readable(caller, tree, now)}

    async def branch_scope(self, caller: Caller, tree: Tree, now: float) -> Said:
        """`branchScope` of what may not be read is that of nothing."""
        [top] = self.some(tree, 1)
        found = (await self.data(caller, BRANCH_SCOPE, id=str(top)))["branchScope"]
        return found is not None, self.model.reads(caller, top, now)

    async def line(self, caller: Caller, tree: Tree, now: float) -> Said:
        """The internal `line`, by which identity knows what lies above a node."""
        [node] = self.some(tree, 1)
        found = (await self.data(caller, "query($id: ID!) { node(id: $id) { line } }", id=str(node)))["node"]
        may = self.model.reads(caller, node, now)
        return found, {"line": [str(each) for each in tree.line(node)]} if may else None

    async def search(self, caller: Caller, tree: Tree, _: float) -> Said:
        """Everything that search finds, or all in a branch: at no time too much, and after a moment all of it."""
        within = self.some(tree, 1)[0] if self.chance.random() < 0.5 else None
        began = time.time()
        while True:
            now = time.time()
            found = await self._found(caller, within)
            expected = self._to_be_found(caller, within, now)
            if found == expected or found is None or expected is None or not found[0] <= expected[0]:
                self.latest = max(self.latest, now - began)
                return found, expected
            if now - began > PATIENCE:
                return found, expected
            await asyncio.sleep(0.01)

    async def _found(self, caller: Caller, within: UUID | None) -> tuple[set[UUID], int, int] | None:
        """What is found, the total, and what the counts of kinds add up to; None where there is no such branch."""
        asked = {"within": None if within is None else str(within)}
        answer = await self.finder.send(SEARCH, self.tokens[caller.name], **asked)
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND", answer
            return None
        found = answer["data"]["search"]
        counts = [each["count"] for facet in found["facets"] for each in facet["buckets"]]
        return {UUID(each["node"]["id"]) for each in found["nodes"]}, found["totalCount"], sum(counts)

    def _to_be_found(self, caller: Caller, within: UUID | None, now: float) -> tuple[set[UUID], int, int] | None:
        if within is not None and not self.model.reads(caller, within, now):
            return None
        if within is not None:
            nodes = {within, *self.model.tree_of(within).below(within)}
        else:
            nodes = {node for tree in self.model.trees.values() for node in self.model.readable(caller, tree, now)}
        return nodes, len(nodes), len(nodes)

    @property
    def ways(self) -> list[Callable[[Caller, Tree, float], Awaitable[Said]]]:
        """All of them."""
        return [
            self.node, self.node, self.at_once, self.history, self.nodes, self.entities, self.by_path, self.structures, self.stream, self.scope,
            self.branch_scope, self.line, self.search,
        ]  # fmt: skip


def _is_in(scope: dict[str, Any] | None, row: Any) -> bool:
    if scope is None:
        return False
    anchor = str(row["anchor_id"])
    return (
        scope["isWhole"]
        or anchor in scope["anchors"]
        or any(each["anchor"] == anchor and each["from"] <= row["okey"] < each["to"] for each in scope["ranges"])
    )


NODE = """query Node($id: ID!) { node(id: $id) {
    id path depth parent { id } ancestors { id } children(first: 1000) { nodes { id } totalCount } childCount
    descendantCount descendants(first: 1000) { nodes { id } } structure { slug }
    links(direction: BOTH, first: 1000) { nodes { source { id } target { id } } totalCount }
} }"""
AT_ONCE = "query AtOnce($id: ID!) { node(id: $id) { id children(first: 1000) { nodes { id childCount } } } }"
HISTORY = "query History($id: ID!) { node(id: $id) { history(first: 100) { nodes { revision node { id } } } } }"
NODES = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { id } }"
ENTITIES = "query($keys: [_Any!]!) { _entities(representations: $keys) { ... on Node { id childCount } } }"
BY_PATH = "query($structure: String!, $path: String!) { nodeByPath(structure: $structure, path: $path) { id } }"
STRUCTURES = "{ structures(first: 100) { nodes { slug nodeCount root { id } } totalCount } }"
SCOPE = "{ readableScope { structure isWhole anchors ranges { anchor from to } } }"
BRANCH_SCOPE = "query($id: ID!) { branchScope(id: $id) { structure } }"
SEARCH = """query($within: ID) { search(query: "", within: $within, mode: KEYWORD, first: 1000) {
    nodes { node { id } } totalCount facets { buckets { value count } } } }"""
