"""The thin way in: a read that has a plan is answered here, and all else by the ordinary view.

Both ways verify the same token, negotiate, mask and encode by the same functions, and are traced alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any, NamedTuple, cast

from starlette.requests import Request
from starlette.responses import Response

from mediaclay_kernel.answering import encode, negotiate, respond, shown
from mediaclay_kernel.cache import Filled, ResultCache, Tag, scope_of
from mediaclay_kernel.cache.http import headers_of, is_unchanged, wants_fresh
from mediaclay_kernel.context import Context
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan.planner import Planned, Planner
from mediaclay_kernel.plan.shapes import Entities
from mediaclay_kernel.ways import Ways

Parse = Callable[[bytes | str], Any]


class Asked(NamedTuple):
    """One operation as the client sent it."""

    document: str
    operation: str | None
    variables: dict[str, Any]


class _Making:
    """An answer that is made by running a plan."""

    def __init__(self, entry: Entry, planned: Planned, context: Context[Any], collect: bool) -> None:
        self._entry = entry
        self._collect = collect
        self._planned = planned
        self._context = context
        self.failed = False

    async def fill(self) -> Filled:
        """The answer with its tags, if it has no error."""
        plan = self._planned.plan
        outcome = await plan.run(
            self._context, self._planned.variables, collect=self._collect, at_once=self._entry.at_once
        )
        self.failed = bool(outcome.errors)
        if outcome.wholes:
            self._entry.ways.at_once += 1
        if outcome.errors:
            self._entry.schema.process_errors(list(outcome.errors))
        body = encode(shown(outcome.data, outcome.errors))
        return Filled(body, cast("Collection[Tag] | None", outcome.tags), "errors")


def _key(cache: ResultCache, asked: Asked, context: Context[Any], media: str) -> bytes:
    # Not orjson, to which NaN is null, and which refuses half of a surrogate pair.
    variables = json.dumps(asked.variables).encode()
    return cache.key(asked.document, asked.operation, variables, scope_of(context.principal), media)


def _response(request: Request, context: Context[Any], body: bytes, media: str, *, kept: bool = True) -> Response:
    """The answer over HTTP. To a GET it says who may keep it, and who has it already gets no second copy."""
    if request.method != "GET":
        return respond(body, media)
    headers = headers_of(body, media, is_public=context.principal.id is None, kept=kept)
    if kept and is_unchanged(request.headers.get("if-none-match"), headers["etag"]):
        return Response(None, 304, headers)
    response = respond(body, media)
    response.headers.update(headers)
    return response


class Entry:
    """Answers the planned reads of one schema."""

    def __init__(self, schema: Schema, parse: Parse, name: str = "") -> None:
        """`parse` is the view's own reader of JSON."""
        self.planner = Planner(schema, Entities(schema.entities))
        self.ways = Ways(name)
        self.at_once = True
        """Whether what is nested may be answered at once; without it by paths only, as tests compare."""
        self.schema = schema
        self._parse = parse

    async def answer(self, request: Request, context: Context[Any]) -> Response | None:
        """The answer, or None for what the ordinary way must answer. Raises `HTTPException` for what is no JSON."""
        asked = await self._asked(request)
        if asked is None:
            self.ways.count_ordinary("", "not one operation in JSON")
            return None
        media = negotiate(request.headers.get("accept"))
        cache: ResultCache | None = getattr(context.state, "results", None)
        key = b"" if cache is None else _key(cache, asked, context, media)
        fresh = cache is None or wants_fresh(request.headers.get("cache-control"))
        if not fresh and cache is not None and (body := cache.ready(key)) is not None:
            return _response(request, context, body, media)
        found = self.planner.find(*asked)
        if isinstance(found, str):
            self.ways.count_ordinary(asked.operation or "", found)
            return None
        self.ways.count_compiled()
        making = _Making(self, found, context, cache is not None and found.plan.untagged is None)
        if cache is None:
            body = (await making.fill()).body
        elif found.plan.untagged is not None:
            cache.refused(f"untagged {found.plan.untagged}")
            body = (await making.fill()).body
        else:
            body = await cache.get(key, making.fill, fresh=fresh)
        return _response(request, context, body, media, kept=not making.failed)

    async def _asked(self, request: Request) -> Asked | None:
        """What is asked, None where it does not have the usual form: the view knows the others, and the refusals."""
        if request.method == "POST":
            if not request.headers.get("content-type", "").startswith("application/json"):
                return None
            said: Any = self._parse(await request.body())
        elif request.method == "GET":
            said = self._from_address(request)
        else:
            return None
        return _taken(cast("dict[str, Any]", said)) if isinstance(said, dict) else None

    def _from_address(self, request: Request) -> dict[str, Any]:
        said: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if said.get(name):
                said[name] = self._parse(said[name])
        return said


def _taken(said: dict[str, Any]) -> Asked | None:
    document, operation, variables = said.get("query"), said.get("operationName"), said.get("variables")
    if not isinstance(document, str) or not isinstance(operation, str | None) or "" in (document, operation):
        return None
    if not isinstance(variables, dict | None) or not isinstance(said.get("extensions"), dict | None):
        return None
    return Asked(document, operation, cast("dict[str, Any]", variables or {}))
