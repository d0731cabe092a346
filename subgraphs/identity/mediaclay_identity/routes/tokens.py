"""The endpoints that clients speak to directly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mediaclay_kernel.errors import ClayError, Forbidden, Unauthenticated
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mediaclay_identity.oidc import clients, devices, form, grants
from mediaclay_identity.oidc import tokens as shown
from mediaclay_identity.oidc.errors import OAuthError
from mediaclay_identity.oidc.provider import Provider
from mediaclay_identity.routes.metadata import OPEN
from mediaclay_identity.routes.reading import NO_STORE, address_of, body_of, refused
from mediaclay_identity.state import State

Asked = grants.TokenRequest
Answer = Callable[[Provider, Asked], Awaitable[Any]]


def _endpoint(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that takes a form and answers JSON, None for an empty body."""

    async def endpoint(request: Request) -> Response:
        state: State = request.app.state.running
        try:
            fields = form.parse(request.headers.get("content-type"), await body_of(request))
            presented = form.client_of(request.headers.get("authorization"), fields)
            answered = await answer(state.provider, Asked(fields, presented, address_of(request)))
        except OAuthError as error:
            response = refused(error)
        else:
            response = JSONResponse(answered, headers=NO_STORE) if answered is not None else Response(headers=NO_STORE)
        response.headers.update(OPEN)
        return response

    return endpoint


async def _tokens(provider: Provider, asked: Asked) -> Any:
    return (await grants.tokens(provider, asked)).body()


async def _device(provider: Provider, asked: Asked) -> Any:
    return await devices.begun(provider, await clients.identified(provider, asked.presented), asked.form)


async def _introspect(provider: Provider, asked: Asked) -> Any:
    client = await clients.proved(provider, asked.presented)
    return await shown.introspected(provider, client, _token(asked))


async def _revoke(provider: Provider, asked: Asked) -> Any:
    client = await clients.identified(provider, asked.presented)
    return await shown.revoke(provider, client, _token(asked), asked.address)


def _token(asked: Asked) -> str:
    if "token" not in asked.form:
        raise OAuthError("invalid_request", "token is missing.")
    return asked.form["token"]


async def userinfo(request: Request) -> Response:
    """Who a token's person is."""
    state: State = request.app.state.running
    try:
        said = await shown.userinfo(state.provider, request.headers.get("authorization"))
    except (Unauthenticated, Forbidden) as error:
        name = "insufficient_scope" if isinstance(error, Forbidden) else "invalid_token"
        challenge = f'Bearer error="{name}"' if "authorization" in request.headers else "Bearer"
        body = {"error": name, "error_description": error.message}
        return JSONResponse(body, error.status, {**NO_STORE, **OPEN, "WWW-Authenticate": challenge})
    except ClayError as error:
        return JSONResponse({"error": "temporarily_unavailable"}, error.status, {**NO_STORE, **OPEN})
    return JSONResponse(said, headers={**NO_STORE, **OPEN})


async def preflight(_: Request) -> Response:
    """Programs that run in browsers may ask; they send no cookie, and none would be looked at."""
    allowed = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type",
    }
    return Response(status_code=204, headers={**OPEN, **allowed, "Access-Control-Max-Age": "600"})


_POST = {
    "/oauth/token": _tokens, "/oauth/device_authorization": _device, "/oauth/introspect": _introspect,
    "/oauth/revoke": _revoke,
}  # fmt: skip
routes = [
    *(Route(path, _endpoint(answer), methods=["POST"]) for path, answer in _POST.items()),
    Route("/oauth/userinfo", userinfo, methods=["GET", "POST"]),
    *(Route(path, preflight, methods=["OPTIONS"]) for path in (*_POST, "/oauth/userinfo")),
]
