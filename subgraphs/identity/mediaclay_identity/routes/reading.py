"""What is read of a request before anything is done about it."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address, ip_network

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.oidc.form import LARGEST
from mediaclay_identity.state import State

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749, 5.1."""


async def body_of(request: Request) -> bytes:
    """The body. Raises `OAuthError` for one that is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise OAuthError("invalid_request", f"The body is larger than {LARGEST} bytes.", 413)
    return bytes(body)


def refused(error: OAuthError) -> Response:
    """The error as RFC 6749, 5.2 writes it."""
    headers = dict(NO_STORE)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="mediaclay", charset="UTF-8"'
    return JSONResponse({"error": error.error, "error_description": error.description}, error.status, headers)


def address_of(request: Request) -> str | None:
    """The client's address: what a proxy says, where that is trusted to say it, else who has connected."""
    state: State = request.app.state.running
    peer = None if request.client is None else request.client.host
    named = [each.strip() for each in request.headers.get("x-forwarded-for", "").split(",") if each.strip()]
    while peer is not None and named and _is_in(peer, state.trusted_proxies):
        peer = named.pop()
    return None if peer is None else peer[:64]


def _is_in(address: str, networks: Collection[str]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in ip_network(each) for each in networks)
