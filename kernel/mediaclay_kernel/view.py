"""GraphQL over HTTP on Strawberry's view, with the compiled reads before it."""

from __future__ import annotations

import json
from typing import Any, cast

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse

from mediaclay_kernel.answering import JSON, RESPONSE, encode, negotiate, refusal, respond, sent, shown
from mediaclay_kernel.context import Context
from mediaclay_kernel.entry import Entry, Later
from mediaclay_kernel.errors import BadUserInput, ClayError
from mediaclay_kernel.event_streams import EVENT_STREAM, EventStream
from mediaclay_kernel.exchange import Incoming, Reply, first_of_each
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.sockets import Socket
from mediaclay_kernel.subgraph import Start, State
from mediaclay_kernel.subscribing import Refused, subscribe
from mediaclay_kernel.telemetry import begin_trace

LOOKED_AT = "mediaclay.context"
"""Where a scope of ASGI holds the context of a request that was looked at before, and has no plan."""
_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else ord(" ") for byte in range(256))
_LONG_NUMBER = b"0" * 18


class View(GraphQL[Context[Any], None]):
    """The endpoint /graphql of a subgraph. Without `compiled`, Strawberry executes every operation."""

    def __init__(self, schema: Schema, *, compiled: bool = True, name: str = "") -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self.entry = Entry(schema, self.parse_json, name, compiled=compiled)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are GraphQL errors, too."""
        if scope["type"] != "http":
            return await self._speak(WebSocket(scope, receive, send))
        request = Request(scope, receive)
        begin_trace(request.headers.get("traceparent"))
        try:
            response = await self._response(request)
        except (ClayError, HTTPException) as error:
            response = sent(_refused(error, request.headers.get("accept")))
        return await response(scope, receive, send)

    async def _speak(self, websocket: WebSocket) -> None:
        """A connection of graphql-transport-ws."""

        async def admit(authorization: str | None) -> tuple[Context[Any], float | None]:
            begin_trace(websocket.headers.get("traceparent"))
            start: Start = websocket.app.state.start
            context = await context_of(websocket, authorization)
            return context, start.verifier.until(authorization)

        socket = Socket(websocket, self.entry, admit)
        of_app: set[object] = websocket.app.state.open
        of_app.add(socket)
        try:
            await socket.run()
        finally:
            of_app.discard(socket)

    async def _response(self, request: Request) -> Response:
        context = request.scope.get(LOOKED_AT)
        if context is None:
            context = await context_of(request)  # first of all: whose token is not good learns nothing else
            if EVENT_STREAM in request.headers.get("accept", ""):
                return await self._stream(await _incoming(request), context, request.app.state.start)
            if (answer := self.entry.answer(await _incoming(request), context)) is not None:
                return sent(answer if isinstance(answer, Reply) else await answer)
        response = await self.run(request, context)
        if request.method == "GET":
            response.headers["cache-control"] = "no-store"
        return response

    async def _stream(self, incoming: Incoming, context: Context[Any], start: Start) -> Response:
        """The events of an operation as they come (GraphQL over Server-Sent Events, distinct connections)."""
        asked = self.entry.asked(incoming)
        if asked is None:
            raise BadUserInput("A stream of events is asked for by one operation, in JSON or in the address.")
        stream = EventStream(_framed, b"event: complete\ndata:\n\n")
        may_write = incoming.method == "POST"
        try:
            stream.opened = await subscribe(self.entry, asked, context, stream.outlet, may_write=may_write)
        except Refused as refused:
            body = b'{"errors":%b}' % refused.errors
            return sent(respond(refused.body or body, negotiate(incoming.header(b"accept")))._replace(status=400))
        stream.authorization = context.authorization
        stream.expire_at(start.verifier.until(context.authorization))
        return stream

    def shortly(self, incoming: Incoming, start: Start, state: State) -> Reply | Later | Context[Any] | None:
        """The same for a planned read of a caller who is known, past ASGI.

        None where the caller is still to be looked at; a context where the ordinary way is to go on with it.
        """
        if not self.entry.compiled or EVENT_STREAM.encode() in incoming.headers.get(b"accept", b""):
            return None
        begin_trace(incoming.header(b"traceparent"))
        authorization = incoming.header(b"authorization")
        principal = start.verifier.known(authorization)
        if principal is None:
            return None
        context = Context(principal, state, start.settings, authorization, access=start.access)
        try:
            answer = self.entry.answer(incoming, context)
        except HTTPException as error:
            return _refused(error, incoming.header(b"accept"))
        return context if answer is None else answer

    def decode_json(self, data: str | bytes) -> object:
        """JSON as the standard library reads it, by a quicker reader where both answer the same."""
        raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
        if _LONG_NUMBER not in raw.translate(_DIGITS):  # orjson would make a float of an integer beyond 64 bits
            try:
                return orjson.loads(raw)
            except orjson.JSONDecodeError:
                pass  # NaN, lone surrogates, UTF-16, or what is no JSON at all
        return json.loads(data)

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
        return cast("GraphQLHTTPResponse", shown(result.data, result.errors, result.extensions))

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
        return encode(data).decode()


async def _incoming(request: Request) -> Incoming:
    headers = first_of_each(request.scope["headers"])
    return Incoming(request.method, headers, await request.body(), request.scope["query_string"])


def _refused(error: ClayError | HTTPException, accept: str | None) -> Reply:
    if isinstance(error, ClayError):
        return refusal(error, accept)
    reply = refusal(BadUserInput(error.reason or "The request is not GraphQL."), accept)
    more = ((b"allow", b"GET, POST"),) if error.status_code == 405 else ()
    return Reply(reply.body, (*reply.headers, *more), error.status_code)


def _framed(body: bytes) -> bytes:
    return b"event: next\ndata: %b\n\n" % body


async def context_of(request: Request | WebSocket, authorization: str | None = "") -> Context[Any]:
    """Who asks, and what the subgraph built at its start. Raises `Unauthenticated`, `Unavailable`.

    `authorization` stands for the header of that name, unless it is empty.
    """
    start: Start = request.app.state.start
    state: State = request.app.state.running
    if authorization == "":
        authorization = request.headers.get("authorization")
    principal = await start.verifier.principal(authorization)
    return Context(principal, state, start.settings, authorization, access=start.access)
