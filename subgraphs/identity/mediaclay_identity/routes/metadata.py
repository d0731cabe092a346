"""Keys and discovery."""

from __future__ import annotations

from mediaclay_kernel.database import reachable
from mediaclay_kernel.settings import Settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mediaclay_identity import signing
from mediaclay_identity.limits import KEY_KEPT
from mediaclay_identity.oidc.discovery import configuration as described
from mediaclay_identity.state import State
from mediaclay_identity.store import keys

OPEN = {"Access-Control-Allow-Origin": "*"}
"""For programs that run in browsers: nothing of this depends on who asks."""


async def jwks(request: Request) -> Response:
    """The public keys (RFC 7517). Caches may keep them for a minute: a new key is published before it is used."""
    state: State = request.app.state.running
    async with reachable():
        found = await keys.published(state.database.pool, KEY_KEPT)
    return JSONResponse(signing.published(found), headers={"Cache-Control": "public, max-age=60", **OPEN})


async def configuration(request: Request) -> Response:
    """What there is and where."""
    settings: Settings = request.app.state.start.settings
    state: State = request.app.state.running
    return JSONResponse(described(state.provider, settings.keys_url), headers=OPEN)


routes = [
    Route("/.well-known/jwks.json", jwks),
    Route("/.well-known/openid-configuration", configuration),
    Route("/.well-known/oauth-authorization-server", configuration),
]
