"""A running subgraph with data in it, and what it may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema, build_schema
from mediaclay_kernel.testing import Client

from tests.parity.support.compare import Differ, Tally
from tests.parity.support.values import Pools


@dataclass(frozen=True)
class World:
    """`scopes` are what the tokens of its callers are good for, each as likely as any other; None is a caller without one.

    `with_data` is the least share of operations that must have found something, `at_once` of those of which something must
    have been answered at once.
    """

    name: str
    client: Client
    pools: Pools
    depth: int = 5
    scopes: Sequence[str | None] = (None,)
    with_data: float = 0.5
    at_once: float = 0

    def differ(self, tally: Tally) -> Differ:
        """Sends it operations."""
        assert self.client.app is not None
        return Differ(self.client.app, tally)

    def authorization(self, scope: str | None) -> str | None:
        """The header of a caller, with a token of now: one of the start would have ended before a long run has."""
        return scope and f"Bearer {self.client.issuer.token(self.client.principal, scope=scope)}"

    @property
    def schema(self) -> GraphQLSchema:
        """What it executes."""
        schema: Any = self.differ(Tally()).view.schema
        return schema._schema

    async def sdl(self) -> GraphQLSchema:
        """What its SDL says, which routers read and other tests hold against the checked-in file.

        In it each argument has its default as a literal.
        """
        told = await self.client.data("{ _service { sdl } }")
        return build_schema(told["_service"]["sdl"], assume_valid_sdl=True)
