"""The thin way in: a read that has a plan is answered here, and all else by the ordinary view.

Both ways verify the same token, negotiate, mask and encode by the same functions, and are traced alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from starlette.requests import Request
from starlette.responses import Response

from mediaclay_kernel.answering import encode, negotiate, respond, shown
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


class Entry:
    """Answers the planned reads of one schema."""

    def __init__(self, schema: Schema, parse: Parse, name: str = "") -> None:
        """`parse` is the view's own reader of JSON."""
        self.planner = Planner(schema, Entities(schema.entities))
        self.ways = Ways(name)
        self._schema = schema
        self._parse = parse

    async def answer(self, request: Request, context: Context[Any]) -> Response | None:
        """The answer, or None for what the ordinary way must answer. Raises `HTTPException` for what is no JSON."""
        asked = await self._asked(request)
        if asked is None:
            self.ways.count_ordinary("", "not one operation in JSON")
            return None
        found = self.planner.find(*asked)
        if isinstance(found, str):
            self.ways.count_ordinary(asked.operation or "", found)
            return None
        self.ways.count_compiled()
        return respond(await self._body(found, context), negotiate(request.headers.get("accept")))

    async def _body(self, found: Planned, context: Context[Any]) -> bytes:
        outcome = await found.plan.run(context, found.variables)
        if outcome.errors:
            self._schema.process_errors(list(outcome.errors))
        return encode(shown(outcome.data, outcome.errors))

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
