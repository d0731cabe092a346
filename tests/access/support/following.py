"""Open subscriptions, held against the model."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

from mediaclay_kernel.changelog import Change
from mediaclay_kernel.context import Context
from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.live.group import Written
from mediaclay_kernel.testing import Client
from mediaclay_structure.loaders import following

from tests.access.support.model import Caller, Model

SECONDS = 1.0
"""Within which a subscription must have ended whose right has."""


class _Sink:
    """A subscriber that is never full."""

    is_full = False

    def __init__(self) -> None:
        self.ended: ClayError | None = None

    async def drained(self) -> None:
        return None

    def push(self, change: Change, body: bytes) -> None:
        return None

    def close(self, error: ClayError) -> None:
        self.ended = error


class Followers:
    """Subscriptions in several names."""

    def __init__(self, client: Client, model: Model) -> None:
        self._client = client
        self._model = model
        self._open: list[tuple[Caller, UUID, _Sink, Any]] = []

    def __len__(self) -> int:
        return len(self._open)

    async def follow(self, caller: Caller, token: str | None, top: UUID) -> None:
        """One more."""
        assert self._client.app is not None
        start = self._client.app.state.start
        authorization = None if token is None else f"Bearer {token}"
        principal = await start.verifier.principal(authorization)
        at = Context(principal, self._client.state, start.settings, authorization, access=start.access)
        followed = await following.of_branch(at, str(top), None)
        sink = _Sink()
        self._open.append((caller, top, sink, await followed.open((caller.name, top), _nothing, sink)))

    async def check(self) -> int:
        """How many have ended, as they should have and no others."""
        now = time.time()
        may = [self._model.reads(caller, top, now) for caller, top, _, _ in self._open]
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and any(
            not allowed and sink.ended is None for allowed, (_, _, sink, _) in zip(may, self._open, strict=True)
        ):
            await asyncio.sleep(0.01)
        left: list[tuple[Caller, UUID, _Sink, Any]] = []
        for allowed, each in zip(may, self._open, strict=True):
            caller, top, sink, _ = each
            if not allowed:
                assert sink.ended is not None, f"{caller.name} still follows {top}"
                assert sink.ended.details["reason"] in {"REVOKED", "GONE"}
            elif sink.ended is None:
                left.append(each)
            # One that ended though it may be read may have been away for a moment since it was looked at last.
        ended = len(self._open) - len(left)
        self._open = left
        return ended

    def leave(self) -> None:
        """Ends all."""
        for *_, member in self._open:
            member.leave()


async def _nothing(_: Change) -> Written:
    return Written(b"{}")
