"""One operation, three ways: Strawberry's execution, the compiled plan by paths, and the plan that answers what is nested
at once, must give the same answer.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
import orjson
from mediaclay_kernel.plan.planner import Planner
from mediaclay_kernel.plan.shapes import Entities
from mediaclay_kernel.view import View
from starlette.applications import Starlette

ONE_DOCUMENT = 1
"""The weight of plans that keeps no more than the last document's: thousands of them cost the garbage collector its time."""


@dataclass
class Tally:
    """What was compared, and which way it would have gone."""

    compared: int = 0
    compiled: int = 0
    at_once: int = 0
    ordinary: Counter[str] = field(default_factory=Counter[str])
    with_data: int = 0
    with_errors: int = 0

    def __str__(self) -> str:
        share = self.compiled / self.compared if self.compared else 0
        reasons = "".join(f"\n    {count} x {reason}" for reason, count in self.ordinary.most_common())
        head = f"{self.compared} operations compared, {self.compiled} compiled ({share:.1%}), {self.at_once} at once"
        found = f"{self.with_data} with data, {self.with_errors} with errors"
        return f"{head}, {found}; ran the ordinary way:{reasons or ' none'}"

    def add(self, other: dict[str, Any]) -> None:
        """Takes in the counts of another process."""
        self.compared += other["compared"]
        self.compiled += other["compiled"]
        self.at_once += other["at_once"]
        self.with_data += other["with_data"]
        self.with_errors += other["with_errors"]
        self.ordinary.update(other["ordinary"])

    def as_json(self) -> dict[str, Any]:
        """What `add` takes."""
        return {**vars(self), "ordinary": dict(self.ordinary)}


class Way(NamedTuple):
    """One of the ways to answer."""

    compiled: bool
    at_once: bool


ORDINARY, PATHS, AT_ONCE = Way(False, False), Way(True, False), Way(True, True)


class Operation(NamedTuple):
    """What is sent."""

    document: str
    variables: dict[str, Any]
    name: str | None = None
    authorization: str | None = None


class Differ:
    """Sends operations to one application each way, through its real endpoint.

    What differs is read again, so many times as `tries` says, where data may change between two reads.
    """

    def __init__(self, app: Starlette, tally: Tally, tries: int = 1) -> None:
        self.view: View = app.state.view
        self.tally = tally
        self._tries = tries
        schema = self.view.entry.schema
        self._planner = Planner(schema, Entities(schema.entities), admit=1, weight=ONE_DOCUMENT)
        transport = httpx.ASGITransport(app)
        self._http = httpx.AsyncClient(transport=transport, base_url="http://subgraph", trust_env=False)

    async def compare(self, operation: Operation) -> None:
        """Raises `AssertionError` with the answers where they differ."""
        found: list[str] = []
        answers: list[httpx.Response] = []
        for _ in range(self._tries):
            before = self.view.entry.ways.at_once
            answers = [await self._send(operation, way) for way in (ORDINARY, PATHS, AT_ONCE)]
            ordinary, paths, at_once = answers
            found = [*differences(ordinary, paths), *(f"{each} at once" for each in differences(paths, at_once))]
            if not found:
                return self._count(operation, ordinary, self.view.entry.ways.at_once - before)
        texts = "\n".join(answer.text[:2000] for answer in answers)
        raise AssertionError(f"{found}\n{operation}\nordinary, by paths, at once:\n{texts}")

    def _count(self, operation: Operation, answer: httpx.Response, at_once: int) -> None:
        self.tally.compared += 1
        self.tally.at_once += at_once
        told = orjson.loads(answer.content)
        self.tally.with_data += has_values(told.get("data"))
        self.tally.with_errors += "errors" in told
        reason = self._planner.find(operation.document, operation.name, operation.variables)
        if isinstance(reason, str):
            self.tally.ordinary[reason] += 1
        else:
            self.tally.compiled += 1

    async def _send(self, operation: Operation, way: Way) -> httpx.Response:
        body = {"query": operation.document, "variables": operation.variables, "operationName": operation.name}
        headers = {"cache-control": "no-cache", "content-type": "application/json"}
        if operation.authorization is not None:
            headers["authorization"] = operation.authorization
        with self._only(way):
            return await self._http.post("/graphql", content=json.dumps(body), headers=headers)

    @contextmanager
    def _only(self, way: Way) -> Generator[None]:
        """While this lasts, the subgraph answers this way, and nobody writes down what it is asked."""
        entry = self.view.entry
        before = entry.compiled, entry.at_once, entry.planner
        watching = vars(entry).pop("answer", None)
        entry.compiled, entry.at_once, entry.planner = *way, self._planner
        try:
            yield
        finally:
            entry.compiled, entry.at_once, entry.planner = before
            if watching is not None:
                entry.answer = watching


def has_values(data: Any) -> bool:
    """Whether there is anything but nulls in it, and what holds them."""
    if isinstance(data, (dict, list)):
        return any(map(has_values, data.values() if isinstance(data, dict) else data))
    return data is not None


def differences(one: httpx.Response, other: httpx.Response) -> list[str]:
    """What is not the same: the status, the type, the bytes of the data, or what nulls are due to."""
    found: list[str] = []
    if one.status_code != other.status_code:
        found.append("status")
    if one.headers["content-type"] != other.headers["content-type"]:
        found.append("type")
    left, right = orjson.loads(one.content), orjson.loads(other.content)
    if orjson.dumps(left.get("data", "none")) != orjson.dumps(right.get("data", "none")):
        found.append("data")
    else:
        found += _other_causes(causes(left), causes(right))
    return found


Causes = dict[tuple[Any, ...], set[tuple[str, bool]]]


def causes(answer: dict[str, Any]) -> Causes:
    """Each null that an error made, by its place: codes of its errors, and whether they stand at that very place."""
    nulls: Causes = {}
    for error in answer.get("errors", ()):
        path = error.get("path") or []
        place = nulled(answer.get("data"), path)
        nulls.setdefault(place, set()).add((error["extensions"]["code"], len(path) == len(place)))
    return nulls


def _other_causes(ordinary: Causes, compiled: Causes) -> list[str]:
    """What is not the same: the nulls, or the code of one that failed by itself.

    Where a null has come up from below, several fields may have failed there. graphql-core lists those that came before
    the null did, which depends on time; the plan lists the first of the document. So these need not be the same.
    """
    if ordinary.keys() != compiled.keys():
        return [f"nulls at {sorted(map(str, ordinary.keys() ^ compiled.keys()))}"]
    return [
        f"codes at {place}: {ordinary[place]} and {compiled[place]}"
        for place in ordinary
        if ordinary[place] != compiled[place] and all(own for _, own in ordinary[place] | compiled[place])
    ]


def nulled(data: Any, path: list[Any]) -> tuple[Any, ...]:
    """The place of the null that an error at `path` has led to."""
    at = data
    for depth, step in enumerate(path):
        if at is None:
            return tuple(path[:depth])
        at = at[step]
    return tuple(path)
