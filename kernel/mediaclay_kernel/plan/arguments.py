"""Arguments of a field, coerced as graphql-core and Strawberry coerce them on the ordinary way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import partial
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLField, Node, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema import BaseSchema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

Arguments = Callable[[VariableValues], Mapping[str, Any]]
"""The arguments that a path is called with, by their names in Python. Raises as the ordinary way does."""

_SHARED = (str, int, float, bool, Enum, type(None))


def arguments_of(
    schema: BaseSchema, definition: GraphQLField, node: FieldNode, variables: VariableValues
) -> Arguments | None:
    """How to get the arguments of a field; None where it has none."""
    declared = definition.extensions.get("strawberry-definition")
    if not definition.args or not isinstance(declared, StrawberryField):
        return None
    convert = partial(
        convert_arguments,
        arguments=declared.arguments,
        scalar_registry=schema.schema_converter.scalar_registry,
        config=schema.config,
    )

    def arguments(given: VariableValues) -> Mapping[str, Any]:
        converted = convert(get_argument_values(definition, node, given))
        return {name: value for name, value in converted.items() if value is not strawberry.UNSET}

    if variables_in(node.arguments):
        return arguments
    try:
        constant = arguments(variables)
    except Exception:  # noqa: BLE001
        return arguments  # an error of this field, at each run anew
    if all(isinstance(value, _SHARED) for value in constant.values()):
        return lambda _: constant
    return arguments  # lists and inputs are made anew, since a path might change what it is given


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


def variables_in(nodes: Iterable[Node] | None) -> set[str]:
    """The names of the variables that stand in a piece of a document."""
    found = _Variables()
    for node in nodes or ():
        visit(node, found)
    return found.names
