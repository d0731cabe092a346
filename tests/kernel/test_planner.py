"""Which operations are planned, why others are not, and what the plans of a process may take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import strawberry
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan import path
from mediaclay_kernel.plan.planner import FIRST_SIGHT, MOST_CHARACTERS, Planned, Planner
from mediaclay_kernel.plan.shapes import MOST_FIELDS, MOST_LEVELS, Entities
from mediaclay_kernel.settings import Settings
from mediaclay_kernel.testing import Client, running
from mediaclay_kernel.ways import MOST, Ways
from strawberry.extensions import AddValidationRules, QueryDepthLimiter, SchemaExtension

from tests.kernel.support.small import Query as Small
from tests.kernel.support.small import schema, subgraph

ONE = "{ one { id } }"


@pytest.fixture
def planner() -> Planner:
    """Plans what it sees for the first time."""
    return Planner(schema, Entities(schema.entities), admit=1)


def nested(levels: int) -> str:
    return "{ one " + "{ neighbour " * levels + "{ id }" + " }" * levels + " }"


def doubling(levels: int) -> str:
    """A short document that stands for two to the power of `levels` fields."""
    names = [f"F{level}" for level in range(levels)]
    pairs = zip(names, [*names[1:], None], strict=True)
    fragments = [
        f"fragment {name} on Thing {{ "
        + (f"a: neighbour {{ ...{to} }} b: neighbour {{ ...{to} }}" if to else "id")
        + " }"
        for name, to in pairs
    ]
    return "{ one { ...F0 } } " + " ".join(fragments)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ one {", "not valid"),
        ("{ nope }", "not valid"),
        ("fragment F on Thing { id }", "not valid"),
        ("query A { one { id } } query B { one { id } }", "not valid"),
        ("query ($n: Int!) { things(first: $n) { id } }", "not valid"),
        ("mutation { touch }", "a mutation"),
        ("{ __schema { queryType { name } } }", "introspection"),
        ("{ _service { sdl } }", "Query._service has a resolver of its own"),
        (nested(MOST_LEVELS), f"deeper than {MOST_LEVELS} levels"),
        (doubling(20), f"more than {MOST_FIELDS} fields"),
        (ONE + " " * MOST_CHARACTERS, f"longer than {MOST_CHARACTERS} characters"),
        (
            "query (" + " ".join(f"$v{n}: Boolean = true" for n in range(5)) + ") { "
            + " ".join(f"a{n}: one @include(if: $v{n}) {{ id }}" for n in range(5)) + " }",
            "more than 4 variables in @skip and @include",
        ),
    ],
)  # fmt: skip
def test_what_is_not_planned_has_a_reason(planner: Planner, document: str, reason: str):
    assert planner.find(document, None, {}) == reason
    assert planner.find(document, None, {}) == reason


def test_a_document_is_planned_when_it_comes_again():
    planner = Planner(schema)
    assert planner.find(ONE, None, {}) == FIRST_SIGHT
    assert isinstance(planner.find(ONE, None, {}), Planned)


def test_each_set_of_flags_has_a_plan_of_its_own(planner: Planner):
    document = "query ($a: Boolean!) { one { id title @include(if: $a) } }"
    plans = [planner.find(document, None, {"a": value}) for value in (True, False, True)]
    assert all(isinstance(each, Planned) for each in plans)
    first, second, third = (each.plan for each in plans if isinstance(each, Planned))
    assert first is third
    assert first is not second


def test_the_oldest_plans_go_where_they_come_to_weigh_too_much():
    planner = Planner(schema, admit=1, weight=100_000)
    for number in range(100):
        assert isinstance(planner.find(f"{{ one {{ a{number}: id }} }}", None, {}), Planned)
        assert planner.weight <= 100_000
    assert 1 < len(planner) < 20


def test_rules_of_extensions_are_obeyed_and_what_wraps_execution_closes_the_way():
    def limited() -> AddValidationRules:
        return QueryDepthLimiter(max_depth=2)

    class Wrapping(SchemaExtension):
        """Might do anything."""

    @strawberry.type
    class Query:
        number: int = path(numbers)

    obeying = Planner(Schema(query=Small, extensions=[limited]), admit=1)
    assert obeying.find(nested(3), None, {}) == "not valid"
    assert isinstance(obeying.find(ONE, None, {}), Planned)
    closed = Planner(Schema(query=Query, extensions=[Wrapping]), admit=1)
    assert closed.find("{ number }", None, {}) == "the schema has the extension Wrapping"


async def numbers(at: Any) -> int:
    return 1


async def test_a_plan_makes_one_call_for_a_level_and_its_answer_is_counted():
    async with running(subgraph, Settings(public_read=True)) as small:
        view = entry_of(small)
        query = "{ things(first: 3) { neighbour { id neighbour { id } } } }"
        ordinary = await small.send(query)
        small.state.calls.clear()
        assert await small.send(query) == ordinary
        assert small.state.calls == [("neighbours", ["a", "b", "c"]), ("neighbours", ["b", "c", "d"])]
        assert (view.ways.compiled, view.ways.ordinary) == (1, {("", FIRST_SIGHT): 1})


async def test_every_operation_runs_the_ordinary_way_where_plans_are_off():
    async with running(subgraph, Settings(public_read=True, compiled_reads=False)) as small:
        answers = [await small.data(ONE) for _ in range(3)]
        assert answers == [{"one": {"id": "a"}}] * 3
        assert (entry_of(small).ways.compiled, len(entry_of(small).planner)) == (0, 0)


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_bad_token_is_refused_before_a_planned_read(compiled: bool):
    async with running(subgraph, Settings(public_read=False, compiled_reads=compiled)) as small:
        for _ in range(2):
            await small.data("{ things { id } }")
        before = entry_of(small).ways.compiled
        for token, code in (("nonsense", "UNAUTHENTICATED"), (None, "UNAUTHENTICATED")):
            assert (await small.refused("{ things { id } }", token))[0] == code
        scope = small.issuer.token(scope="clay.write")
        assert (await small.refused("{ things { id } }", scope))[0] == "FORBIDDEN"
        assert entry_of(small).ways.compiled == before + (2 if compiled else 0)  # the bad token did not come that far


def entry_of(client: Client) -> Any:
    assert client.app is not None
    return client.app.state.view.entry


def test_reasons_are_counted_for_so_many_operations_and_for_all_others_together():
    ways = Ways()
    names: Sequence[str] = [f"Q{number}" for number in range(MOST + 50)]
    for name in names:
        ways.count_ordinary(name, "a mutation")
    assert (len(ways.ordinary), ways.ordinary["", "a mutation"]) == (MOST + 1, 50)
