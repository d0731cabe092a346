"""What the structure subgraph tells: which structures there are, what changed in them, and what their kinds say."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import orjson
from mediaclay_kernel.errors import NotFound, Unavailable
from mediaclay_kernel.tokens import ServiceTokens

from mediaclay_search.kinds import USUAL, Rule, Rules, rule_of
from mediaclay_search.predicates import facts_of
from mediaclay_search.records import Document, FeedLine
from mediaclay_search.texts import flattened, told

KINDS = "query Kinds($of: [_Any!]!) { _entities(representations: $of) { ... on Structure { kinds { name schema } } } }"
PATHS = "query Paths($ids: [ID!]!) { nodes(ids: $ids) { id path } }"
STAYING = {"UPDATED", "LINKED", "UNLINKED", "KIND_SET"}
"""Types of changes after which every node stands where it stood."""
Asked = Mapping[str, int | str | Sequence[str]]
ASK = httpx.Timeout(5)
READ = httpx.Timeout(30, connect=5)


class Trees:
    """The structure subgraph at `url`, without a path. Every method raises `Unavailable` where it does not answer."""

    def __init__(self, url: str, http: httpx.AsyncClient, tokens: ServiceTokens) -> None:
        self._url = url.rstrip("/")
        self._http = http
        self._tokens = tokens

    async def heads(self) -> dict[str, int]:
        """The newest revision of every structure."""
        async with self._lines("/v1/structures.ndjson", {}, ASK) as lines:
            return {str(line["id"]): int(line["revision"]) async for line in lines}

    async def changes(self, structure: str, after: int, limit: int, rules: Rules) -> AsyncGenerator[FeedLine]:
        """What at most `limit` changes behind `after` touched, oldest first; several lines may belong to one change.

        `rules` are those of the structure.

        Raises `NotFound` for an unknown structure.
        """
        paths = [kind for kind, rule in rules.items() if rule.path]
        query: Asked = {"after": after, "limit": limit, "paths": paths}
        async with self._lines(f"/v1/structures/{structure}/feed.ndjson", query, READ) as lines:
            async for line in lines:
                told = [node["id"] for node in line["nodes"] if rules.get(node["kind"], USUAL).path]
                yield _feed_line(structure, line, rules, await self._paths(told) if told else {})

    async def relabelled(self, structure: str, after: int, limit: int) -> list[tuple[int, list[str]]]:
        """The next changes behind `after`, each with the ids of what may stand elsewhere since then.

        Raises `NotFound` for an unknown structure.
        """
        query: Asked = {"after": after, "limit": limit, "only": "ids"}
        async with self._lines(f"/v1/structures/{structure}/feed.ndjson", query, ASK) as lines:
            return [(int(line["revision"]), [] if line["type"] in STAYING else line["ids"]) async for line in lines]

    async def rules(self, structure: str) -> Rules:
        """What its kinds say about search. Raises `NotFound` for an unknown structure."""
        asked = {"query": KINDS, "variables": {"of": [{"__typename": "Structure", "id": structure}]}}
        headers = (await self._tokens.headers()).get("Authorization")
        async with self.answer(asked, headers, ASK) as (data, _):
            [found] = data.get("_entities") or [None]
            if found is None:
                raise NotFound("The structure subgraph knows no such structure.")
            return {kind["name"]: rule_of(kind["schema"]) for kind in found["kinds"]}

    async def _paths(self, ids: Sequence[str]) -> dict[str, str]:
        headers = (await self._tokens.headers()).get("Authorization")
        asked = {"query": PATHS, "variables": {"ids": list(ids)}}
        async with self.answer(asked, headers, ASK) as (data, _):
            return {node["id"]: node["path"] for node in data["nodes"] if node is not None}

    @asynccontextmanager
    async def answer(
        self, asked: dict[str, Any], authorization: str | None, patience: httpx.Timeout
    ) -> AsyncGenerator[tuple[dict[str, Any], set[str | None]]]:
        """What GraphQL answers, and the codes of its errors; inside, what can't be read is `Unavailable`."""
        headers = {} if authorization is None else {"Authorization": authorization}
        with _readable():
            response = await self._http.post(f"{self._url}/graphql", json=asked, headers=headers, timeout=patience)
            answer: dict[str, Any] = orjson.loads(response.content)
            yield answer.get("data") or {}, {e.get("extensions", {}).get("code") for e in answer.get("errors") or ()}

    @asynccontextmanager
    async def _lines(
        self, path: str, query: Asked, patience: httpx.Timeout
    ) -> AsyncGenerator[AsyncIterator[dict[str, Any]]]:
        headers = await self._tokens.headers()
        with _readable():
            url = self._url + path
            async with self._http.stream("GET", url, params=query, headers=headers, timeout=patience) as response:
                _check(response.status_code)
                yield (orjson.loads(line) async for line in response.aiter_lines() if line)


@contextmanager
def _readable() -> Generator[None]:
    """Turns whatever an answer of structure's may lack into `Unavailable`."""
    try:
        yield
    except httpx.HTTPError as error:
        raise Unavailable("The structure subgraph does not answer; try again.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"The structure subgraph answers what can't be read: {error!r}") from error


def _check(status: int) -> None:
    if status == 404:
        raise NotFound("The structure subgraph knows no such structure.")
    if status in (401, 403):
        raise Unavailable(
            f"The structure subgraph refuses to be read ({status}): set CLAY_SERVICE_SECRET to what identity has, or "
            "CLAY_PUBLIC_READ."
        )
    if status != 200:
        raise Unavailable(f"The structure subgraph answers with status {status}; try again.")


def _feed_line(structure: str, line: dict[str, Any], rules: Rules, paths: Mapping[str, str]) -> FeedLine:
    nodes = [_document(structure, node, rules.get(node["kind"], USUAL), paths) for node in line["nodes"]]
    fragments = tuple(map(str, line.get("fragments", ())))
    return FeedLine(int(line["revision"]), [str(each) for each in line["gone"]], nodes, fragments, str(line["type"]))


def _document(structure: str, node: dict[str, Any], rule: Rule, paths: Mapping[str, str]) -> Document:
    properties = node.get("properties")
    text = flattened(properties, rule.properties)
    name, path = node["name"] if rule.name else "", paths.get(node["id"], "")
    return Document(
        str(node["id"]), structure, str(node["anchor"]), node["okey"], node["kind"], node["name"], text,
        facts_of(properties, rule.filters), told(path, name, text),
    )  # fmt: skip
