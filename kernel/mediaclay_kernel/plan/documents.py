"""Documents as the planner knows them: parsed, validated, and what its plans depend on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ASTValidationRule,
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
)
from strawberry.schema.schema import validate_document

from mediaclay_kernel.plan.arguments import variables_in
from mediaclay_kernel.plan.events import EventPlan
from mediaclay_kernel.plan.plan import Plan
from mediaclay_kernel.plan.shapes import NotPlanned
from mediaclay_kernel.plan.variables import Coerce, coercing

MOST_FLAGS = 4
"""Variables that decide @skip and @include: a document has up to two to the power of this plans."""


@dataclass(slots=True)
class Document:
    """One operation of a document, and its plans by the values of its flags."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    flags: tuple[str, ...]
    coerce: Coerce
    plans: dict[tuple[Any, ...], Plan | EventPlan | str] = field(
        default_factory=dict[tuple[Any, ...], "Plan | EventPlan | str"]
    )


def read(
    core: GraphQLSchema, text: str, name: str | None, rules: Sequence[type[ASTValidationRule]], wanted: OperationType
) -> Document:
    """One operation of a document. Raises `NotPlanned` for what the ordinary way must answer or refuse."""
    try:
        ast = parse(text)
    except GraphQLError as error:
        raise NotPlanned("not valid") from error
    operation = get_operation_ast(ast, name)
    if operation is None:
        raise NotPlanned("not valid")
    if operation.operation is not wanted:
        raise NotPlanned(f"a {operation.operation.value}")
    if validate_document(core, ast, tuple(rules)):
        raise NotPlanned("not valid")
    fragments = {each.name.value: each for each in ast.definitions if isinstance(each, FragmentDefinitionNode)}
    return Document(operation, fragments, _flags(ast), coercing(core, operation))


def _flags(ast: DocumentNode) -> tuple[str, ...]:
    flags: set[str] = set()
    for directive in _directives(ast):
        if directive.name.value not in {"skip", "include"}:
            raise NotPlanned(f"the directive @{directive.name.value}")
        flags |= variables_in(directive.arguments)
    if len(flags) > MOST_FLAGS:
        raise NotPlanned(f"more than {MOST_FLAGS} variables in @skip and @include")
    return tuple(sorted(flags))


def _directives(ast: DocumentNode) -> Iterator[DirectiveNode]:
    nodes: list[Any] = list(ast.definitions)
    while nodes:
        node = nodes.pop()
        yield from getattr(node, "directives", None) or ()
        if (selected := getattr(node, "selection_set", None)) is not None:
            nodes.extend(selected.selections)
        nodes.extend(getattr(node, "variable_definitions", None) or ())
