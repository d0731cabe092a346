"""Plain HTTP beside GraphQL: keys, discovery and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mediaclay_kernel.database import reachable
from mediaclay_kernel.errors import Forbidden, Unauthenticated
from mediaclay_kernel.settings import Settings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mediaclay_identity import access_routes, scopes, signing
from mediaclay_identity.operations.issue_token import LIFE, issue_to_client
from mediaclay_identity.state import State
from mediaclay_identity.store import keys
from mediaclay_identity.token_request import LARGEST, TokenRefused, parse

KEPT = timedelta(seconds=LIFE + 60)
"""A retired key is published until no token that it signed can be good, with some time for clocks that differ."""
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749, 5.1."""


async def jwks(request: Request) -> Response:
    """The public keys (RFC 7517). Caches may keep them for a minute: a new key must be seen soon."""
    state: State = request.app.state.running
    async with reachable():
        found = await keys.published(state.database.pool, KEPT)
    return JSONResponse(signing.published(found), headers={"Cache-Control": "public, max-age=60"})


async def configuration(request: Request) -> Response:
    """What there is and where (RFC 8414), at the address where OpenID clients look for it."""
    settings: Settings = request.app.state.start.settings
    body = {
        "issuer": settings.issuer,
        "jwks_uri": settings.keys_url,
        "token_endpoint": f"{settings.issuer.rstrip('/')}/oauth/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": list(scopes.ALL),
    }
    return JSONResponse(body, headers={"Cache-Control": "public, max-age=60"})


async def token(request: Request) -> Response:
    """An access token for a client (RFC 6749, 4.4)."""
    state: State = request.app.state.running
    headers = request.headers
    try:
        asked = parse(headers.get("content-type"), headers.get("authorization"), await _body(request))
        async with state.database.transaction(readonly=True) as db:
            given = await issue_to_client(db, state.terms, asked.client_id, asked.client_secret, asked.scopes)
    except TokenRefused as error:
        return _refused(error)
    except Unauthenticated as error:
        return _refused(TokenRefused("invalid_client", error.message, 401))
    except Forbidden as error:
        return _refused(TokenRefused("invalid_scope", error.message))
    body: dict[str, Any] = {
        "access_token": given.token, "token_type": "Bearer", "expires_in": given.seconds,
        "scope": " ".join(given.scopes),
    }  # fmt: skip
    return JSONResponse(body, headers=NO_STORE)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise TokenRefused("invalid_request", f"The body is larger than {LARGEST} bytes.", 413)
    return bytes(body)


def _refused(error: TokenRefused) -> Response:
    headers = dict(NO_STORE)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="mediaclay", charset="UTF-8"'
    return JSONResponse({"error": error.error, "error_description": error.description}, error.status, headers)


routes = [
    Route("/.well-known/jwks.json", jwks),
    Route("/.well-known/openid-configuration", configuration),
    Route("/oauth/token", token, methods=["POST"]),
    *access_routes.routes,
]
