"""Answers over HTTP (the working draft of the GraphQL foundation), made alike whichever way they were executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response

from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.exchange import Headers, Reply
from mediaclay_kernel.federation import present

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
_OFFERED = {RESPONSE: RESPONSE, JSON: JSON, "application/*": JSON, "*/*": JSON}


def negotiate(accept: str | None) -> str:
    """The media type to answer in: the first of the best that the client takes, JSON where it takes none of ours."""
    if accept is None or accept in _OFFERED:
        return _OFFERED[accept or JSON]
    best, chosen = 0.0, JSON
    for part in accept.split(","):
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


_CHALLENGES: Mapping[int, Headers] = {
    401: ((b"www-authenticate", b'Bearer error="invalid_token"'),),
    403: ((b"www-authenticate", b'Bearer error="insufficient_scope"'),),
}
"""RFC 6750, 3."""


def refusal(error: ClayError, accept: str | None = None) -> Reply:
    """A whole request refused, before any of it was executed."""
    body = {"errors": [{"message": error.message, "extensions": error.extensions}]}
    reply = respond(encode(body), negotiate(accept))
    return Reply(reply.body, (*reply.headers, *_CHALLENGES.get(error.status, ())), error.status)


def shown(
    data: Any, errors: Sequence[GraphQLError] | None, extensions: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """An answer with errors as callers may see them; no `data` where nothing was executed."""
    answer: dict[str, Any] = {"data": data}
    if errors:
        answer["errors"] = [present(error) for error in errors]
        if data is None and all(error.path is None for error in errors):
            del answer["data"]
    if extensions:
        answer["extensions"] = extensions
    return answer


def encode(answer: object) -> bytes:
    """JSON in UTF-8."""
    return orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS)


_TYPES: Mapping[str, Headers] = {
    media: ((b"content-type", f"{media}; charset=utf-8".encode()),) for media in (JSON, RESPONSE)
}


def respond(body: bytes, media: str) -> Reply:
    """An answer of something that was executed."""
    return Reply(body, _TYPES[media])


def sent(reply: Reply) -> Response:
    """The answer as Starlette sends it."""
    response = Response(reply.body, reply.status)
    response.raw_headers[:0] = reply.headers
    return response
