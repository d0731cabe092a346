"""What the structure subgraph tells: which structures there are, what changed in them, and where a branch lies."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import httpx
import orjson
from mediaclay_kernel.errors import ClayError, NotFound, Unauthenticated, Unavailable
from mediaclay_kernel.tokens import ServiceTokens

from mediaclay_search.records import Document, FeedLine, Part, Range
from mediaclay_search.texts import flattened

log = logging.getLogger(__name__)

SCOPE = """
query BranchScope($id: ID!) { branchScope(id: $id) { structure anchors ranges { anchor from to } } }
"""
PRUNED = "query PrunedAnchors { prunedAnchors }"
HIDDEN = {"NOT_FOUND", "FORBIDDEN"}
ASK = httpx.Timeout(5)
ASK_SHORTLY = httpx.Timeout(2)
"""Where there is something to go on with if nobody answers."""
READ = httpx.Timeout(30, connect=5)


class Trees:
    """The structure subgraph at `url`, without a path. Every method raises `Unavailable` where it does not answer."""

    def __init__(self, url: str, http: httpx.AsyncClient, tokens: ServiceTokens) -> None:
        self._url = url.rstrip("/")
        self._http = http
        self._tokens = tokens
        self._pruned: tuple[str, ...] = ()
        self._heard = True

    async def heads(self) -> dict[str, int]:
        """The newest revision of every structure."""
        async with self._lines("/v1/structures.ndjson", {}, ASK) as lines:
            return {str(line["id"]): int(line["revision"]) async for line in lines}

    async def changes(self, structure: str, after: int, limit: int) -> AsyncGenerator[FeedLine]:
        """What at most `limit` changes behind `after` touched, oldest first; several lines may belong to one change.

        Raises `NotFound` for an unknown structure.
        """
        query = {"after": after, "limit": limit}
        async with self._lines(f"/v1/structures/{structure}/feed.ndjson", query, READ) as lines:
            async for line in lines:
                yield _feed_line(structure, line)

    async def pruned(self, authorization: str | None) -> tuple[str, ...]:
        """The anchors whose nodes are pruned, asked with the caller's own Authorization header.

        While structure does not answer, those that it named last: what was pruned since then is found until it is back,
        and where it has not answered since the start, all that is pruned. Raises `Unauthenticated`.
        """
        try:
            self._pruned = await self._ask_pruned(authorization)
            self._heard = True
        except Unavailable as error:
            if self._heard:
                log.warning("What is pruned from now on is found all the same: %s", error.message)
            self._heard = False
        return self._pruned

    async def _ask_pruned(self, authorization: str | None) -> tuple[str, ...]:
        async with self._answer({"query": PRUNED}, authorization, ASK_SHORTLY) as (data, codes):
            if data.get("prunedAnchors") is not None:
                return tuple(map(str, data["prunedAnchors"]))
        if "UNAUTHENTICATED" in codes:
            raise Unauthenticated
        raise Unavailable("The structure subgraph can't say what is pruned.")

    async def branch(self, node: UUID, authorization: str | None) -> Part:
        """Where the branch of a node lies, asked with the caller's own Authorization header.

        Raises `NotFound` where there is none that the caller may see, and `Unauthenticated`.
        """
        asked = {"query": SCOPE, "variables": {"id": str(node)}}
        async with self._answer(asked, authorization, ASK) as (data, codes):
            if data.get("branchScope") is not None:
                return _part(data["branchScope"])
        raise _refused(codes, node)

    @asynccontextmanager
    async def _answer(
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
        self, path: str, query: Mapping[str, int], patience: httpx.Timeout
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


def _refused(codes: set[str | None], node: UUID) -> ClayError:
    if codes <= HIDDEN:  # also where there is neither an error nor a branch
        return NotFound(f"There is no node {node} that you may see.")
    if "UNAUTHENTICATED" in codes:
        return Unauthenticated()
    return Unavailable("The structure subgraph can't say where the branch lies; try again.")


def _part(found: dict[str, Any]) -> Part:
    ranges = tuple(Range(str(each["anchor"]), each["from"], each["to"]) for each in found["ranges"])
    return Part(str(found["structure"]), tuple(map(str, found["anchors"])), ranges)


def _feed_line(structure: str, line: dict[str, Any]) -> FeedLine:
    nodes = [
        Document(
            str(node["id"]), structure, str(node["anchor"]), node["okey"], node["kind"], node["name"],
            flattened(node.get("properties")),
        )
        for node in line["nodes"]
    ]  # fmt: skip
    fragments = tuple(map(str, line.get("fragments", ())))
    return FeedLine(int(line["revision"]), [str(each) for each in line["gone"]], nodes, fragments)
