"""What the structure subgraph tells: which structures there are, what changed in them, and where a branch lies."""

from __future__ import annotations

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

SCOPE = """
query BranchScope($id: ID!) { branchScope(id: $id) { structure anchors ranges { anchor from to } } }
"""
HIDDEN = {"NOT_FOUND", "FORBIDDEN"}
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

    async def changes(self, structure: str, after: int, limit: int) -> AsyncGenerator[FeedLine]:
        """What at most `limit` changes behind `after` touched, oldest first; several lines may belong to one change.

        Raises `NotFound` for an unknown structure.
        """
        query = {"after": after, "limit": limit}
        async with self._lines(f"/v1/structures/{structure}/feed.ndjson", query, READ) as lines:
            async for line in lines:
                yield _feed_line(structure, line)

    async def branch(self, node: UUID, authorization: str | None) -> Part:
        """Where the branch of a node lies, asked with the caller's own Authorization header.

        Raises `NotFound` where there is none that the caller may see, and `Unauthenticated`.
        """
        headers = {} if authorization is None else {"Authorization": authorization}
        body = {"query": SCOPE, "variables": {"id": str(node)}}
        with _readable():
            response = await self._http.post(f"{self._url}/graphql", json=body, headers=headers, timeout=ASK)
            answer: dict[str, Any] = orjson.loads(response.content)
            data: dict[str, Any] = answer.get("data") or {}
            if data.get("branchScope") is not None:
                return _part(data["branchScope"])
            raise _refused(answer.get("errors") or [], node)

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


def _refused(errors: list[dict[str, Any]], node: UUID) -> ClayError:
    codes = {error.get("extensions", {}).get("code") for error in errors}
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
    return FeedLine(int(line["revision"]), [str(each) for each in line["gone"]], nodes)
