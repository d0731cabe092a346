"""The thin way in: a read that has a plan is answered here, and all else by the ordinary view.

Both ways verify the same token, negotiate, mask and encode by the same functions, and are traced alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Coroutine
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl

from mediaclay_kernel.answering import encode, negotiate, respond, shown
from mediaclay_kernel.cache import Filled, ResultCache, Tag, scope_of
from mediaclay_kernel.cache.http import headers_of, is_unchanged, wants_fresh
from mediaclay_kernel.context import Context
from mediaclay_kernel.exchange import Incoming, Reply
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan.planner import Planned, Planner
from mediaclay_kernel.plan.shapes import Entities
from mediaclay_kernel.ways import Ways

Parse = Callable[[bytes | str], Any]
Later = Coroutine[Any, Any, Reply]


class Asked(NamedTuple):
    """One operation as the client sent it."""

    document: str
    operation: str | None
    variables: dict[str, Any]


class _Question:
    """What is asked, by whom, and how it is to be answered over HTTP."""

    __slots__ = ("asked", "cache", "context", "incoming", "key", "media")

    def __init__(self, asked: Asked, incoming: Incoming, context: Context[Any]) -> None:
        self.asked = asked
        self.incoming = incoming
        self.context = context
        self.media = negotiate(incoming.header(b"accept"))
        # What is shown to whom depends on grants and on every move, which no tag tells.
        self.cache: ResultCache | None = None if context.is_restricted else getattr(context.state, "results", None)
        self.key = b"" if self.cache is None else self._key(self.cache)

    def _key(self, cache: ResultCache) -> bytes:
        # Not orjson, to which NaN is null, and which refuses half of a surrogate pair.
        document, operation, variables = self.asked
        scope = scope_of(self.context.principal)
        return cache.key(document, operation, json.dumps(variables).encode(), scope, self.media)

    @property
    def is_fresh(self) -> bool:
        """Whether nothing that was kept may answer it."""
        return self.cache is None or wants_fresh(self.incoming.header(b"cache-control"))

    def kept(self) -> Reply | None:
        """The answer that this process has of it, at once."""
        if self.cache is None or self.is_fresh:
            return None
        body = self.cache.ready(self.key)
        return None if body is None else self.reply(body)

    def reply(self, body: bytes, *, kept: bool = True) -> Reply:
        """An answer over HTTP. To a GET it says who may keep it, and who has it already gets no second copy."""
        reply = respond(body, self.media)
        if self.incoming.method != "GET":
            return reply
        headers = headers_of(body, self.media, is_public=self.context.principal.id is None, kept=kept)
        more = tuple((name.encode(), value.encode()) for name, value in headers.items())
        if kept and is_unchanged(self.incoming.header(b"if-none-match"), headers["etag"]):
            return Reply(b"", more, 304)
        return Reply(body, (*reply.headers, *more))


class _Reading:
    """Answers a question by its plan."""

    __slots__ = ("_entry", "_failed", "_planned", "_question")

    def __init__(self, entry: Entry, question: _Question, planned: Planned) -> None:
        self._entry = entry
        self._question = question
        self._planned = planned
        self._failed = False

    async def reply(self) -> Reply:
        """The answer: kept, or made now."""
        question, untagged = self._question, self._planned.plan.untagged
        if question.cache is not None and untagged is None:
            body = await question.cache.get(question.key, self._fill, fresh=question.is_fresh)
            return question.reply(body, kept=not self._failed)
        if question.cache is not None:
            question.cache.refused(f"untagged {untagged}")
        made = await self._fill()
        return question.reply(made.body, kept=not self._failed)

    async def _fill(self) -> Filled:
        """The answer with its tags, if it has no error."""
        plan, variables = self._planned
        context = self._question.context
        collect = self._question.cache is not None and plan.untagged is None
        version = context.grants_version if collect else None
        outcome = await plan.run(context, variables, collect=collect, at_once=self._entry.at_once)
        if outcome.wholes:
            self._entry.ways.at_once += 1
        if outcome.errors:
            self._failed = True
            self._entry.schema.process_errors(list(outcome.errors))
        body = encode(shown(outcome.data, outcome.errors))
        if not collect:
            return Filled(body, None)
        if context.is_restricted or context.grants_version != version:  # granted while it was read
            return Filled(body, None, "granted")
        return Filled(body, cast("Collection[Tag] | None", outcome.tags), "errors")


class Entry:
    """Answers the planned reads of one schema."""

    def __init__(self, schema: Schema, parse: Parse, name: str = "", *, compiled: bool = True) -> None:
        """`parse` is the view's own reader of JSON."""
        self.compiled = compiled
        """Whether anything is answered here."""
        self.planner = Planner(schema, Entities(schema.entities))
        self.ways = Ways(name)
        self.at_once = True
        """Whether what is nested may be answered at once; without it by paths only, as tests compare."""
        self.schema = schema
        self._parse = parse

    def answer(self, incoming: Incoming, context: Context[Any]) -> Reply | Later | None:
        """The answer where it is at hand, one that is to be awaited, or None for what the ordinary way must answer.

        Raises `HTTPException` for what is no JSON.
        """
        if not self.compiled:
            return None
        asked = self.asked(incoming)
        if asked is None:
            self.ways.count_ordinary("", "not one operation in JSON")
            return None
        question = _Question(asked, incoming, context)
        if (kept := question.kept()) is not None:
            return kept
        found = self.planner.find(*asked)
        if isinstance(found, str):
            self.ways.count_ordinary(asked.operation or "", found)
            return None
        self.ways.count_compiled()
        return _Reading(self, question, found).reply()

    def asked(self, incoming: Incoming) -> Asked | None:
        """What is asked, None where it does not have the usual form: the view knows the others, and the refusals."""
        if incoming.method == "POST":
            if not incoming.headers.get(b"content-type", b"").startswith(b"application/json"):
                return None
            said: Any = self._parse(incoming.body)
        elif incoming.method == "GET":
            said = self._from_address(incoming)
        else:
            return None
        return taken(cast("dict[str, Any]", said)) if isinstance(said, dict) else None

    def _from_address(self, incoming: Incoming) -> dict[str, Any]:
        said: dict[str, Any] = dict(parse_qsl(incoming.query.decode("latin-1"), keep_blank_values=True))
        for name in ("variables", "extensions"):
            if said.get(name):
                said[name] = self._parse(said[name])
        return said


def taken(said: dict[str, Any]) -> Asked | None:
    """What a request of the usual form asks; None for any other."""
    document, operation, variables = said.get("query"), said.get("operationName"), said.get("variables")
    if not isinstance(document, str) or not isinstance(operation, str | None) or "" in (document, operation):
        return None
    if not isinstance(variables, dict | None) or not isinstance(said.get("extensions"), dict | None):
        return None
    return Asked(document, operation, cast("dict[str, Any]", variables or {}))
