"""A stand-in for Meilisearch: the calls that search makes, by its documentation, each held to `meili.json`.

It shows that our requests are well-formed, and that our filters, pages, tasks and swaps fit together. How Meilisearch itself
ranks and forgives typos it does not know: a real server, named by MEILI_URL, runs the whole suite.
"""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
from mediaclay_search.engine.embedded.wanted import needed, wanted
from mediaclay_search.engine.embedded.words import words
from mediaclay_search.records import Document
from mediaclay_search.standing import Asked, Seen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

DESCRIBED = json.loads(Path(__file__).with_suffix(".json").read_text())
NOW = "2026-01-01T00:00:00.000000Z"
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\(|\)|\[|\]|,|>=|<=|=|<|>|\w+)')


class Filter:
    """Meilisearch's language of filters, as far as it is used, as a function of a document."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            assert match, f"no filter of Meilisearch: {text[at:]!r}"
            self._tokens.append(match[1])
            at = match.end()
        self._at = 0
        self.holds = self._either()
        assert self._at == len(self._tokens), text

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self) -> Any:
        parts = [self._both()]
        while self._next() == "OR":
            self._take()
            parts.append(self._both())
        return lambda row: any(part(row) for part in parts)

    def _both(self) -> Any:
        parts = [self._one()]
        while self._next() == "AND":
            self._take()
            parts.append(self._one())
        return lambda row: all(part(row) for part in parts)

    def _one(self) -> Any:
        token = self._take()
        if token == "NOT":
            inner = self._one()
            return lambda row: not inner(row)
        if token == "(":
            inner = self._either()
            assert self._take() == ")"
            return inner
        return self._compared(token)

    def _compared(self, field: str) -> Any:
        operator = self._take()
        if operator == "EXISTS":
            return lambda row: field in row
        if operator == "IN":
            assert self._take() == "["
            chosen = set[str]()
            while (token := self._take()) != "]":
                if token != ",":
                    chosen.add(_text(token))
            return lambda row: bool(chosen & set(_values(row, field)))
        if operator.startswith('"'):
            assert self._take() == "TO"
            start, end = _text(operator), _text(self._take())
            return lambda row: any(start <= value <= end for value in _values(row, field))
        value = _text(self._take())
        compare = {"=": str.__eq__, ">=": str.__ge__, "<": str.__lt__}[operator]
        return lambda row: any(compare(each, value) for each in _values(row, field))


def _text(token: str) -> str:
    return str(json.loads(token)).lower()  # filters take no notice of case


def _values(row: dict[str, Any], field: str) -> list[str]:
    value = row.get(field, [])
    return [each.lower() for each in (value if isinstance(value, list) else [value])]


class StandIn:
    """Its indexes, in memory."""

    def __init__(self) -> None:
        self.indexes: dict[str, dict[str, dict[str, Any]]] = {}
        self.tasks = 0
        self.seen = Counter[str]()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PATCH", "DELETE"])])

    async def _answer(self, request: Request) -> Response:
        content = await request.body()
        body = json.loads(content) if content else None
        path, uid = self._described(request.url.path)
        called = f"{request.method} {path}"
        told = DESCRIBED["paths"][path][request.method.lower()]
        self.seen[called] += 1
        if "request" in told:
            jsonschema_rs.validate(DESCRIBED["schemas"][told["request"]], body)
        if uid is not None and uid not in self.indexes and path.startswith("/indexes/"):
            error = {
                "message": f"Index `{uid}` not found.",
                "code": "index_not_found",
                "type": "invalid_request",
                "link": "",
            }
            return JSONResponse(error, 404)
        answer = self._do(called, uid or "", body, dict(request.query_params))
        jsonschema_rs.validate(DESCRIBED["schemas"][told["response"]], answer)
        return JSONResponse(answer, 202 if told["response"] == "Task" else 200)

    def _described(self, asked: str) -> tuple[str, str | None]:
        for path in DESCRIBED["paths"]:
            if match := re.fullmatch(path.replace("{uid}", "([^/]+)"), asked):
                return path, (match.groups() or (None,))[0]
        raise AssertionError(f"{asked} is not described")

    def _do(self, called: str, uid: str, body: Any, query: dict[str, str]) -> Any:  # noqa: C901  (a case for each call)
        rows = self.indexes.get(uid, {})
        match called:
            case "POST /indexes":
                self.indexes[body["uid"]] = {}
            case "GET /indexes/{uid}":
                return {"uid": uid, "primaryKey": "key", "createdAt": NOW, "updatedAt": NOW}
            case "DELETE /indexes/{uid}":
                del self.indexes[uid]
            case "POST /indexes/{uid}/documents":
                rows.update({row["key"]: row for row in body})
            case "POST /indexes/{uid}/documents/delete":
                holds = Filter(body["filter"]).holds
                self.indexes[uid] = {key: row for key, row in rows.items() if not holds(row)}
            case "POST /swap-indexes":
                for one, other in (pair["indexes"] for pair in body):
                    self.indexes[one], self.indexes[other] = self.indexes[other], self.indexes[one]
            case "GET /indexes/{uid}/documents" | "POST /indexes/{uid}/documents/fetch":
                return _documents(rows, {**query, **(body or {})})
            case "POST /indexes/{uid}/search":
                return _searched(rows, body)
            case "GET /tasks/{uid}":
                return {"uid": int(uid), "indexUid": "x", "status": "succeeded", "type": "x", "enqueuedAt": NOW, "error": None,
                        "canceledBy": None, "details": {}, "duration": "PT0S", "startedAt": NOW, "finishedAt": NOW}  # fmt: skip
            case "GET /indexes/{uid}/stats":
                return {"numberOfDocuments": len(rows), "isIndexing": False, "fieldDistribution": {}}
            case "GET /stats":
                return {"databaseSize": 1, "lastUpdate": NOW, "indexes": {}}
            case "GET /health":
                return {"status": "available"}
            case _:
                assert called == "PATCH /indexes/{uid}/settings", called
        self.tasks += 1
        return {"taskUid": self.tasks, "indexUid": uid, "status": "enqueued", "type": "x", "enqueuedAt": NOW}


def _documents(rows: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    holds = Filter(asked["filter"]).holds if "filter" in asked else lambda _: True
    found = [row for row in rows.values() if holds(row)]
    offset, limit = int(asked.get("offset", 0)), int(asked.get("limit", 20))
    return {"results": found[offset : offset + limit], "offset": offset, "limit": limit, "total": len(found)}


def _searched(rows: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    holds = Filter(asked["filter"]).holds
    fields = asked.get("attributesToSearchOn", ["name", "text"])
    scored = [(_score(row, asked["q"] or "", fields), row) for row in rows.values() if holds(row)]
    found = sorted(((score, row) for score, row in scored if score > 0), key=lambda each: (-each[0], each[1]["id"]))
    page, size = asked["page"], asked["hitsPerPage"]
    shown = found[(page - 1) * size : page * size]
    keys = asked.get("attributesToRetrieve")
    hits = [{**{k: v for k, v in row.items() if not keys or k in keys}, "_rankingScore": score} for score, row in shown]
    answer: dict[str, Any] = {
        "hits": hits, "query": asked["q"], "processingTimeMs": 0, "totalHits": len(found), "page": page, "hitsPerPage": size,
        "totalPages": -(-len(found) // size) if size else 0,
    }  # fmt: skip
    if facets := asked.get("facets"):
        answer["facetDistribution"] = {each: Counter(row[each] for _, row in found) for each in facets}
    return answer


def _score(row: dict[str, Any], text: str, fields: list[str]) -> float:
    if not text.strip():
        return 1.0
    shown = {"name": row["name"], "text": row["text"] if "text" in fields else ""}
    seen = Seen(Document("", "", "", "", "", shown["name"], shown["text"]))
    if "text" not in fields:
        asked = words(text)
        name = seen.texts[0]
        return float(all(w in name for w in asked[:-1]) and any(each.startswith(asked[-1]) for each in name))
    if not Asked(text).matches(seen):
        return 0.0
    exact = sum(item.words[0] in seen.texts[0] for item in wanted(text))
    return (1 + exact + (words(text) == seen.texts[0])) / (2 + needed(len(words(text))))
