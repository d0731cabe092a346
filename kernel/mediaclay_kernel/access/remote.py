"""Grants as the identity subgraph tells them to other processes over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx

from mediaclay_kernel.access.source import Holder
from mediaclay_kernel.errors import Unavailable
from mediaclay_kernel.rights import FOR_EVER, Grant, Role
from mediaclay_kernel.tokens import ServiceTokens
from mediaclay_kernel.watching import Position, Told

PATH = "/v1/grants"
CHANGES = "/v1/grants/changes"
PATIENCE = 2.0
"""Seconds that an answer may take."""
LONG = 5.0
"""The same where it waits for others."""


class RemoteGrants:
    """The identity subgraph at `url`, without a path."""

    def __init__(self, url: str, http: httpx.AsyncClient, tokens: ServiceTokens) -> None:
        self._url = url.rstrip("/")
        self._http = http
        self._tokens = tokens

    async def since(self, position: Position | None) -> Told:
        """See `GrantSource`."""
        query = {} if position is None else {"epoch": position.epoch, "after": str(position.revision)}
        return told(await self._ask("GET", CHANGES, PATIENCE, params=query))

    async def of(self, principals: Sequence[UUID]) -> Mapping[UUID, Sequence[Grant]]:
        """See `GrantSource`."""
        said = await self._ask("GET", PATH, PATIENCE, params=[("principal", str(each)) for each in principals])
        try:
            return {UUID(who): [read(each) for each in grants] for who, grants in said["grants"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _away() from error

    async def give(self, holders: Sequence[Holder], by: UUID) -> None:
        """See `GrantSource`."""
        asked = [{"principal": str(h.principal), "node": str(h.node), "role": h.role.name} for h in holders]
        await self._ask("POST", PATH, LONG, json={"grants": asked, "by": str(by)})

    async def _ask(self, method: str, path: str, patience: float, **given: Any) -> dict[str, Any]:
        headers = await self._tokens.headers()
        try:
            response = await self._http.request(method, self._url + path, headers=headers, timeout=patience, **given)
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _away() from error


def told(said: Mapping[str, Any]) -> Told:
    """What identity's answer to `since` means. Raises `Unavailable`."""
    try:
        position = Position(str(said["epoch"]), int(said["revision"]))
        changed = {UUID(each): 0.0 for each in said["principals"]}
        return Told(position, bool(said["whole"]), changed, UUID(said["stream"]), str(said["channel"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _away() from error


def shown(answer: Told) -> dict[str, Any]:
    """The answer that `told` reads."""
    return {
        "epoch": answer.position.epoch, "revision": answer.position.revision, "whole": answer.is_whole,
        "principals": [str(who) for who in answer.least], "stream": str(answer.stream), "channel": answer.channel,
    }  # fmt: skip


def read(said: Mapping[str, Any]) -> Grant:
    """A grant of an answer. Raises `ValueError`, `KeyError`, `TypeError`."""
    until = said["until"]
    return Grant(UUID(said["node"]), Role[said["role"]], FOR_EVER if until is None else float(until))


def written(grant: Grant) -> dict[str, Any]:
    """What `read` reads."""
    until = None if grant.until == FOR_EVER else grant.until
    return {"node": str(grant.node), "role": grant.role.name, "until": until}


def _away() -> Unavailable:
    return Unavailable("The identity subgraph does not say who may do what; try again.")
