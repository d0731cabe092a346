"""What the structure subgraph knows: what lies above a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
from mediaclay_kernel.errors import NotFound, Unauthenticated, Unavailable

LINES = "query Lines($ids: [ID!]!) { nodes(ids: $ids) { id line } }"
Line = tuple[UUID, ...]
PATIENCE = 3.0
"""Seconds."""


class Trees:
    """The structure subgraph at `url`, without a path."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = f"{url.rstrip('/')}/graphql"
        self._http = http

    async def line(self, node: UUID, authorization: str | None) -> Line:
        """The ids from the root down to a node that the caller may read.

        Raises `NotFound` where there is none, `Unauthenticated`, and `Unavailable`.
        """
        found = (await self.lines([node], authorization)).get(node)
        if found is None:
            raise NotFound(f"There is no node {node}.")
        return found

    async def lines(self, nodes: Sequence[UUID], authorization: str | None) -> dict[UUID, Line]:
        """The same of those nodes that the caller may read."""
        headers = {} if authorization is None else {"Authorization": authorization}
        asked = {"query": LINES, "variables": {"ids": [str(node) for node in nodes]}}
        try:
            response = await self._http.post(self._url, json=asked, headers=headers, timeout=PATIENCE)
            answer: dict[str, Any] = response.json()
            codes = {error.get("extensions", {}).get("code") for error in answer.get("errors") or ()}
            if "UNAUTHENTICATED" in codes:
                raise Unauthenticated
            found = [each for each in answer["data"]["nodes"] if each is not None]
            return {UUID(each["id"]): tuple(map(UUID, each["line"])) for each in found}
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable("The structure subgraph does not say where the nodes are; try again.") from error
