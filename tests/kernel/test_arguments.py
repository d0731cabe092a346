"""Variables and arguments of planned reads: the short way for plain scalars gives what the long way gives."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, OperationDefinitionNode, get_variable_values, parse
from mediaclay_kernel.federation import Schema
from mediaclay_kernel.plan import path
from mediaclay_kernel.plan.plan import Plan
from mediaclay_kernel.plan.planner import Planned, Planner
from mediaclay_kernel.plan.shapes import Entities
from mediaclay_kernel.plan.variables import coercing


async def said(
    at: Any, *, id: strawberry.ID, number: int | None = 7, words: list[strawberry.ID] | None = None, on: bool = False
) -> str:
    """What it was called with."""
    return repr((id, number, words, on))


@strawberry.type
class Query:
    said: str = path(said)


SCHEMA = Schema(query=Query)
CORE: Any = SCHEMA._schema
DOCUMENT = """query Q($id: ID!, $number: Int = 3, $words: [ID], $on: Boolean) {
    said(id: $id, number: $number, words: $words, on: $on) }"""
PLAIN = "query Q($id: ID!, $number: Int, $on: Boolean! = true) { said(id: $id, number: $number, on: $on) }"
ODD: list[Any] = ["a", "", "1", 1, 2**31, -(2**31) - 1, 1.0, 1.5, True, None, [], ["a", 2], [None], {}, "left out"]


def given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != "left out"}


@pytest.mark.parametrize("document", [DOCUMENT, PLAIN])
@pytest.mark.parametrize("name", ["id", "number", "words", "on"])
@pytest.mark.parametrize("value", ODD, ids=repr)
async def test_what_a_path_is_called_with_is_what_the_ordinary_way_calls_it_with(
    document: str, name: str, value: Any
) -> None:
    planner = Planner(SCHEMA, Entities(SCHEMA.entities), admit=1)
    planner.find(document, None, {"id": "usual", "number": 5, "on": False})  # compiled for usual values
    values = {"id": "x", "number": 1, "on": True, name: value}
    ordinary = await SCHEMA.execute(document, variable_values=given(**values))
    planned = planner.find(document, None, given(**values))
    if isinstance(planned, str):
        assert planned == "not valid"
        assert ordinary.data is None
        assert ordinary.errors
        return
    assert isinstance(planned, Planned)
    assert isinstance(planned.plan, Plan)
    outcome = await planned.plan.run(None, planned.variables)
    assert outcome.data == ordinary.data
    assert [error.message for error in outcome.errors] == [error.message for error in ordinary.errors or ()]


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("declared", ["ID", "ID!", "[ID]", "[ID!]!", "Int", "Int = 4", "Boolean!", "String", "Float"])
def test_variables_are_coerced_as_graphql_core_coerces_them(declared: str, value: Any) -> None:
    [operation] = parse(f"query Q($v: {declared}) {{ __typename }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    found = coercing(CORE, operation)(given(v=value))
    wanted = get_variable_values(CORE, operation.variable_definitions or (), given(v=value))
    if isinstance(wanted, list):
        assert found is None
        assert all(isinstance(each, GraphQLError) for each in wanted)
    else:
        assert found is not None
        assert (found.coerced, list(found.sources)) == (wanted.coerced, list(wanted.sources))
