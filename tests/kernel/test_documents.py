"""Documents that are known are neither parsed nor validated again, and mean the same."""

from __future__ import annotations

from typing import Any

import graphql
import pytest
import strawberry
from mediaclay_kernel import documents
from mediaclay_kernel.documents import Documents
from mediaclay_kernel.federation import Schema


@strawberry.type
class Query:
    """Something to ask."""

    ready: bool = True


@strawberry.type
class Mutation:
    """Something to change."""

    @strawberry.mutation
    def add(self, a: int, b: int) -> int:
        """The sum."""
        return a + b


ADD = "mutation Add($a: Int!, $b: Int!) { add(a: $a, b: $b) }  mutation Two { add(a: 1, b: 1) }"


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that were validated."""
    seen: list[str] = []

    def seeing(schema: Any, document: graphql.DocumentNode, rules: Any) -> Any:
        seen.append(graphql.print_ast(document))
        return graphql.validate(schema, document, rules)

    monkeypatch.setattr("strawberry.schema.schema.validate", seeing)
    return seen


async def test_a_document_is_validated_once_and_each_request_has_its_own_variables(validated: list[str]):
    schema = Schema(query=Query, mutation=Mutation)
    for number in range(3):
        answer: Any = await schema.execute(ADD, variable_values={"a": number, "b": 1}, operation_name="Add")
        assert (answer.data, answer.errors) == ({"add": number + 1}, None)
    answer = await schema.execute(ADD, operation_name="Two")
    assert answer.data == {"add": 2}
    assert len(validated) == 1


async def test_what_is_not_valid_is_refused_each_time(validated: list[str]):
    schema = Schema(query=Query, mutation=Mutation)
    for _ in range(3):
        answer: Any = await schema.execute("mutation { add(a: 1) }")
        assert answer.data is None
        assert "Mutation.add(b:)" in answer.errors[0].message
    answer = await schema.execute("mutation {")
    assert "Syntax Error" in answer.errors[0].message
    assert len(validated) == 3


async def test_variables_are_judged_each_time(validated: list[str]):
    schema = Schema(query=Query, mutation=Mutation)
    for _ in range(2):
        answer: Any = await schema.execute(ADD, variable_values={"a": "one", "b": 1}, operation_name="Add")
        assert "$a" in answer.errors[0].message
    assert len(validated) == 1


def test_no_more_is_kept_than_said_and_what_was_asked_for_last_stays():
    kept = Documents(most=30)
    document = graphql.parse("{ ready }")
    for text in ("a" * 10, "b" * 10, "c" * 10):
        kept.keep(text, document)
    assert kept.find("a" * 10) is document
    kept.keep("d" * 10, document)
    assert [kept.find(each * 10) is not None for each in "abcd"] == [True, False, True, True]
    kept.keep("e" * (documents.LONGEST + 1), document)
    assert len(kept) == 3
