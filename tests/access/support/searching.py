"""Search beside the structure subgraph of an oracle, as in production: over HTTP, with a token of our own services."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import mediaclay_search
from mediaclay_kernel.settings import Settings, load
from mediaclay_kernel.testing import Client, LocalIssuer, running
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.search.support.serving import serving


def _tokens(issuer: LocalIssuer) -> Starlette:
    """What our services ask identity for."""
    service = uuid4()

    async def token(_: Request) -> JSONResponse:
        made = issuer.token(service, "clay.read clay.internal", ptype="SERVICE")
        return JSONResponse({"access_token": made, "expires_in": 60})

    return Starlette(routes=[Route("/oauth/token", token, methods=["POST"])])


@asynccontextmanager
async def searching(trees: Client) -> AsyncGenerator[Client]:
    """Search by words, following the structures of a subgraph in this process."""
    with tempfile.TemporaryDirectory(prefix="clay-oracle-search-") as home:
        async with serving(_tokens(trees.issuer)) as identity, serving(cast("Any", trees.app)) as source:
            settings = load(
                Settings, home=home, public_read=True, service_secret="a secret", identity_base_url=identity
            )
            async with running(
                mediaclay_search.subgraph, settings, trees.issuer, source_url=source, embedder="none"
            ) as client:
                yield client
