"""What the structure subgraph knows: what lies above a node."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from mediaclay_kernel.errors import NotFound, Unauthenticated, Unavailable

LINE = "query Line($id: ID!) { node(id: $id) { line } }"
PATIENCE = 3.0
"""Seconds."""


class Trees:
    """The structure subgraph at `url`, without a path."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url = f"{url.rstrip('/')}/graphql"
        self._http = http

    async def line(self, node: UUID, authorization: str | None) -> tuple[UUID, ...]:
        """The ids from the root down to a node that the caller may read.

        Raises `NotFound` where there is none, `Unauthenticated`, and `Unavailable`.
        """
        headers = {} if authorization is None else {"Authorization": authorization}
        asked = {"query": LINE, "variables": {"id": str(node)}}
        try:
            response = await self._http.post(self._url, json=asked, headers=headers, timeout=PATIENCE)
            answer: dict[str, Any] = response.json()
            codes = {error.get("extensions", {}).get("code") for error in answer.get("errors") or ()}
            if "UNAUTHENTICATED" in codes:
                raise Unauthenticated
            if codes - {"NOT_FOUND", "FORBIDDEN"}:
                raise Unavailable("The structure subgraph can't say where the node is; try again.")
            found = (answer.get("data") or {}).get("node")
            if found is None:
                raise NotFound(f"There is no node {node}.")
            return tuple(UUID(each) for each in found["line"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unavailable("The structure subgraph does not answer; try again.") from error
