"""A small forest of trees, served over HTTP as the structure subgraph serves its own."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from mediaclay_kernel.ids import new_id
from mediaclay_search.consumers.batch import OLDEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.search.support.serving import serving


class Forest:
    """Trees and their changes, served as the structure subgraph serves them."""

    def __init__(self) -> None:
        self.changes: dict[str, list[list[str]]] = {}
        self.nodes: dict[str, dict[str, Any]] = {}
        self.branches: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, int]] = []
        self.seen: Counter[str] = Counter()
        self.authorizations: list[str | None] = []
        self.wants: str | None = None
        self.pruned: list[str] = []
        self.readable: list[dict[str, Any]] | None = None
        """What everybody may read, as structure says it."""
        self.pruned_asked_by: list[str | None] = []
        self.fragments: dict[tuple[str, int], list[str]] = {}
        self.kinds: dict[str, dict[str, Any]] = {}
        self.types: dict[tuple[str, int], str] = {}
        self.silent = False
        """Whether the feed tells no more than ids, so that the index stays where it is."""
        self.broken: int | None = None
        self.told: dict[str, int] | None = None
        self.pause_behind: int | None = None
        self.paused = asyncio.Event()
        self.lines_of: Callable[[dict[str, Any]], list[bytes]] = lambda line: [orjson.dumps(line)]
        self.url = ""

    def plant(self) -> str:
        """A new structure."""
        structure = str(new_id())
        self.changes[structure] = []
        return structure

    def grow(self, structure: str, *names: str, **more: Any) -> list[str]:
        """New nodes, by one change; their ids."""
        made: list[str] = []
        for name in names:
            id_ = str(new_id())
            usual: dict[str, Any] = {"anchor": 1, "okey": "", "kind": "tree", "properties": {}, "version": 1}
            self.nodes[id_] = {**usual, **more, "id": id_, "name": name}
            made.append(id_)
        self.changes[structure].append(made)
        return made

    def change(self, structure: str, id_: str, **more: Any) -> None:
        """Changes a node."""
        self.nodes[id_].update(more)
        self.changes[structure].append([id_])

    def fell(self, structure: str, *ids: str) -> None:
        """Removes nodes."""
        for id_ in ids:
            del self.nodes[id_]
        self.changes[structure].append(list(ids))

    def purge(self, structure: str, anchor: int) -> None:
        """Removes all nodes of a fragment, and tells no more than that."""
        for id_ in [id_ for id_, node in self.nodes.items() if node["anchor"] == anchor]:
            del self.nodes[id_]
        self.changes[structure].append([])
        self.fragments[structure, len(self.changes[structure])] = [str(anchor)]

    def set_kind(self, structure: str, name: str, schema: dict[str, Any]) -> None:
        """Registers a kind."""
        self.kinds[name] = schema
        self.changes[structure].append([])
        self.types[structure, len(self.changes[structure])] = "KIND_SET"

    def move(self, structure: str, id_: str, **place: Any) -> None:
        """Puts a node elsewhere."""
        self.change(structure, id_, **place)
        self.types[structure, len(self.changes[structure])] = "MOVED"

    def heads(self) -> dict[str, int]:
        return {structure: len(changes) for structure, changes in self.changes.items()}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/structures.ndjson", self._structures),
                Route("/v1/structures/{id}/feed.ndjson", self._feed),
                Route("/graphql", self._graphql, methods=["POST"]),
                Route("/oauth/token", self._token, methods=["POST"]),
            ]
        )

    def _refusal(self, request: Request) -> Response | None:
        self.seen[request.url.path] += 1
        if self.broken is not None:
            return Response(status_code=self.broken)
        if self.wants is not None and request.headers.get("authorization") != self.wants:
            return Response(status_code=401)
        return None

    async def _structures(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        heads = self.heads() if self.told is None else self.told
        lines = [orjson.dumps({"id": each, "slug": "s", "revision": head}) + b"\n" for each, head in heads.items()]
        return Response(b"".join(lines))

    async def _feed(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        structure = request.path_params["id"]
        if structure not in self.changes:
            return Response(status_code=404)
        after, limit = int(request.query_params["after"]), int(request.query_params["limit"])
        if request.query_params.get("only") == "ids":
            return StreamingResponse(self._ids(structure, after, limit))
        if self.silent:
            return Response(status_code=503)
        self.asked.append((structure, after))
        return StreamingResponse(self._lines(structure, after, limit))

    async def _ids(self, structure: str, after: int, limit: int) -> AsyncIterator[bytes]:
        for revision, ids in itertools.islice(enumerate(self.changes[structure], 1), after, after + limit):
            type_ = self.types.get((structure, revision), "CREATED")
            yield orjson.dumps({"structure": structure, "revision": revision, "type": type_, "ids": ids}) + b"\n"

    async def _lines(self, structure: str, after: int, limit: int) -> AsyncIterator[bytes]:
        for revision, touched in itertools.islice(enumerate(self.changes[structure], 1), after, after + limit):
            if self.pause_behind is not None and revision > self.pause_behind:
                self.paused.set()
                await asyncio.sleep(3600)
            if self.pause_behind == revision:
                await asyncio.sleep(OLDEST)  # so that what came before is old enough to be committed with this line
            nodes = [self.nodes[id_] for id_ in touched if id_ in self.nodes]
            gone = [id_ for id_ in touched if id_ not in self.nodes]
            line = {
                "structure": structure,
                "revision": revision,
                "type": self.types.get((structure, revision), "CREATED"),
                "gone": gone,
                "nodes": nodes,
            }
            if fragments := self.fragments.get((structure, revision)):
                line["fragments"] = fragments
            for text in self.lines_of(line):
                yield text + b"\n"

    async def _graphql(self, request: Request) -> Response:
        if self.broken is not None:
            return Response(status_code=self.broken)
        asked = await request.json()
        if "prunedAnchors" in asked["query"]:
            self.pruned_asked_by.append(request.headers.get("authorization"))
            return JSONResponse({"data": {"readableScope": self.readable, "prunedAnchors": self.pruned}})
        if "_entities" in asked["query"]:
            kinds = [{"name": name, "schema": schema} for name, schema in self.kinds.items()]
            return JSONResponse({"data": {"_entities": [{"kinds": kinds} for _ in asked["variables"]["of"]]}})
        if "Paths" in asked["query"]:
            ids = asked["variables"]["ids"]
            return JSONResponse(
                {"data": {"nodes": [{"id": id_, "path": f"/path/of-{self.nodes[id_]['name']}"} for id_ in ids]}}
            )
        self.seen["/graphql"] += 1
        self.authorizations.append(request.headers.get("authorization"))
        found = self.branches.get(asked["variables"]["id"])
        if found is not None and "code" in found:
            return JSONResponse({"data": None, "errors": [{"message": "no", "extensions": found}]})
        revision = self.heads().get(found["structure"]) if found else None
        return JSONResponse({"data": {"branchScope": found and {"revision": revision, **found}}})

    async def _token(self, request: Request) -> Response:
        self.seen["/oauth/token"] += 1
        return JSONResponse({"access_token": "of-the-services", "expires_in": 300})


@asynccontextmanager
async def served(forest: Forest) -> AsyncGenerator[None]:
    """The forest on a port of 127.0.0.1."""
    async with serving(forest.app()) as forest.url:
        yield
