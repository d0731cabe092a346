"""GraphQL over HTTP (the working draft of the GraphQL foundation) on Strawberry's view."""

from __future__ import annotations

from typing import Any, cast

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from mediaclay_kernel.context import Context
from mediaclay_kernel.errors import BadUserInput, ClayError
from mediaclay_kernel.federation import Schema, present
from mediaclay_kernel.subgraph import Start, State
from mediaclay_kernel.telemetry import begin_trace

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
_OFFERED = {RESPONSE: RESPONSE, JSON: JSON, "application/*": JSON, "*/*": JSON}


def negotiate(accept: str | None) -> str:
    """The media type to answer in: the first of the best that the client takes, JSON where it takes none of ours."""
    best, chosen = 0.0, JSON
    for part in (accept or "*/*").split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((_number(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        if media in _OFFERED and weight > best:
            best, chosen = weight, _OFFERED[media]
    return chosen


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def refusal(error: ClayError, accept: str | None = None) -> Response:
    """A whole request refused, before any of it was executed."""
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'} if error.status == 401 else None
    body = {"errors": [{"message": error.message, "extensions": error.extensions}]}
    return JSONResponse(body, error.status, headers, media_type=negotiate(accept))


class View(GraphQL[Context[Any], None]):
    """The endpoint /graphql of a subgraph."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(
            schema, graphql_ide=None, subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            max_subscriptions_per_connection=10_000,
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are GraphQL errors, too."""
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        request = Request(scope, receive)
        begin_trace(request.headers.get("traceparent"))
        try:
            response = await self.run(request)
        except ClayError as error:
            response = refusal(error, request.headers.get("accept"))
        except HTTPException as error:
            response = refusal(
                BadUserInput(error.reason or "The request is not GraphQL."), request.headers.get("accept")
            )
            response.status_code = error.status_code
            if error.status_code == 405:
                response.headers["allow"] = "GET, POST"
        return await response(scope, receive, send)

    def parse_json(self, data: str | bytes) -> Any:
        """The body, or a part of it. Raises `HTTPException` for what Strawberry would stumble over."""
        try:
            value = super().parse_json(data)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, "Unable to parse request body as JSON") from error
        if not isinstance(value, (dict, list)):
            raise HTTPException(400, "The request must be a JSON object")
        return value  # pyright: ignore[reportUnknownVariableType]

    async def get_context(self, request: Request | WebSocket, response: Any) -> Context[Any]:
        """The caller's context. Raises `Unauthenticated` for a token that is not good."""
        return await context_of(request)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Remembers what the client takes until the response is made."""
        response = await super().get_sub_response(request)
        response.media_type = negotiate(request.headers.get("accept"))
        return response

    async def process_result(self, request: Request, result: Any) -> GraphQLHTTPResponse:
        """Errors as callers may see them; no `data` where nothing was executed."""
        shown: dict[str, Any] = {"data": result.data}
        if result.errors:
            shown["errors"] = [present(error) for error in result.errors]
            if result.data is None and all(error.path is None for error in result.errors):
                del shown["data"]
        if result.extensions:
            shown["extensions"] = result.extensions
        return cast("GraphQLHTTPResponse", shown)

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        """The specification's media type and status."""
        response = super().create_response(response_data, sub_response)
        media = sub_response.media_type or JSON
        response.headers["content-type"] = f"{media}; charset=utf-8"
        if media == RESPONSE and isinstance(response_data, dict) and "data" not in response_data:
            response.status_code = 400
        return response

    def encode_json(self, data: object) -> str:
        """Text, since the WebSocket protocol wants no bytes."""
        return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS).decode()


async def context_of(request: Request | WebSocket) -> Context[Any]:
    """Who asks, and what the subgraph built at its start. Raises `Unauthenticated`, `Unavailable`."""
    start: Start = request.app.state.start
    state: State = request.app.state.running
    authorization = request.headers.get("authorization")
    principal = await start.verifier.principal(authorization)
    return Context(principal, state, start.settings, authorization)
