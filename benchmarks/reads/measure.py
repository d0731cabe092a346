"""Rounds in which the forms take turns, after all of them were found to answer alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from random import Random
from statistics import median
from typing import Any

import orjson

from benchmarks.reads.cpu import Meter
from benchmarks.reads.forms import Form
from benchmarks.reads.load import Exchange, WrongAnswer, load, request
from benchmarks.reads.queries import Query


@dataclass(frozen=True, slots=True)
class Round:
    """Requests a second, and milliseconds of the processor for each: of the server, of PostgreSQL, of the generator."""

    rate: float
    server: float
    postgres: float
    generator: float


@dataclass(slots=True)
class Result:
    """The rounds of one query, by form."""

    query: Query
    rounds: dict[str, list[Round]] = field(default_factory=dict[str, list[Round]])

    def middle(self, form: str, of: Callable[[Round], float]) -> float:
        """The median of the rounds."""
        return median(map(of, self.rounds[form]))

    def ratio(self, form: str) -> float:
        """How many times our rate is that of a form: the median of the rounds' ratios."""
        own = self.rounds[self.query.measured]
        return median(a.rate / b.rate for a, b in zip(own, self.rounds[form], strict=True))

    def cpu_ratio(self, form: str) -> float:
        """The same of the server's processor time, theirs to ours."""
        own = self.rounds[self.query.measured]
        return median(b.server / a.server for a, b in zip(own, self.rounds[form], strict=True))


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: rounds, seconds of each form in each round and before the first, open connections."""

    rounds: int
    seconds: float
    warm: float
    connections: int


def agreed(query: Query, forms: Mapping[str, Form], keys: Sequence[Any]) -> dict[str, list[Exchange]]:
    """The requests to each form, with the lengths of their answers. Raises `WrongAnswer` where two answers differ."""
    found: dict[str, list[Exchange]] = {name: [] for name in forms}
    links = {name: HTTPConnection("127.0.0.1", form.port) for name, form in forms.items()}
    try:
        for key in keys:
            answers = {name: _ask(links[name], query.body(name, key), forms[name]) for name in forms}
            said = {name: orjson.loads(answer) for name, answer in answers.items()}
            first = next(iter(said))
            for name, answer in said.items():
                if answer != said[first] or "errors" in answer or not any(answer["data"].values()):
                    raise WrongAnswer(f"{first} and {name} answer differently, or not at all, {query.name} of {key}")
                body = request(query.body(name, key), forms[name].token)
                found[name].append(Exchange(body, len(answers[name])))
    finally:
        for link in links.values():
            link.close()
    return found


def _ask(link: HTTPConnection, body: bytes, form: Form) -> bytes:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if form.token:
        headers["Authorization"] = f"Bearer {form.token}"
    link.request("POST", "/graphql", body, headers)
    answer = link.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise WrongAnswer(f"{form.name} answers {answer.status}: {said[:500]!r}")
    return said


async def measured(
    forms: Mapping[str, Form], exchanges: Mapping[str, Mapping[str, Sequence[Exchange]]], queries: Sequence[Query],
    postgres: Meter, plan: Plan,
) -> list[Result]:  # fmt: skip
    """The rounds of each query, asked of its forms in an order that changes. Warms all of them up first."""
    random = Random(5)
    for query in queries:
        for name in query.forms:
            await load(forms[name].port, exchanges[query.name][name], plan.warm, plan.connections)
    results = [Result(query, {name: [] for name in query.forms}) for query in queries]
    for _ in range(plan.rounds):
        for result in results:
            for name in random.sample(result.query.forms, len(result.query.forms)):
                each = exchanges[result.query.name][name]
                result.rounds[name].append(await _round(forms[name], each, postgres, plan))
    return results


async def _round(form: Form, exchanges: Sequence[Exchange], postgres: Meter, plan: Plan) -> Round:
    server, database = form.meter.seconds(), postgres.seconds()
    done = await load(form.port, exchanges, plan.seconds, plan.connections)
    taken = form.meter.seconds() - server, postgres.seconds() - database, done.cpu
    return Round(done.rate, *(seconds / done.answers * 1000 for seconds in taken))
