"""Arguments of a field, coerced as graphql-core and Strawberry coerce them on the ordinary way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import partial
from typing import Any, cast

import strawberry
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Node,
    VariableNode,
    Visitor,
    specified_scalar_types,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema import BaseSchema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

Arguments = Callable[[VariableValues], Mapping[str, Any]]
"""The arguments that a path is called with, by their names in Python. Raises as the ordinary way does."""

_PLAIN = frozenset((str, int, float, bool))
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

    try:
        constant = arguments(variables)
    except Exception:  # noqa: BLE001
        return arguments  # an error of this field, at each run anew
    names = {schema.config.name_converter.from_argument(each): each.python_name for each in declared.arguments}
    plain = _plain(definition, node, names)
    if plain is None or any(constant.get(name) != variables.coerced.get(each) for name, each in plain.items()):
        return arguments
    if not all(isinstance(value, _SHARED) for name, value in constant.items() if name not in plain):
        return arguments  # lists and inputs are made anew, since a path might change what it is given
    return _quickly(arguments, constant, plain) if plain else lambda _: constant


def _plain(definition: GraphQLField, node: FieldNode, names: Mapping[str, str]) -> Mapping[str, str] | None:
    """The arguments that are variables, each with its variable, if all of these are scalars or lists of them."""
    found: dict[str, str] = {}
    for each in node.arguments or ():
        name = each.name.value
        if isinstance(each.value, VariableNode):
            type_: Any = cast("Any", definition.args[name]).type
            if plain_scalar(type_) is None and scalar_of_items(type_) is None:
                return None
            found[names[name]] = each.value.name.value
        elif variables_in([each]):
            return None
    return found


def plain_scalar(type_: Any) -> str | None:
    """The name of the specification's scalar that a type is, nullable or not; None for any other type."""
    bare: Any = cast("Any", type_).of_type if isinstance(type_, GraphQLNonNull) else type_
    name: str = getattr(bare, "name", "")
    return name if name and specified_scalar_types.get(name) is bare else None


def scalar_of_items(type_: Any) -> GraphQLScalarType | None:
    """The scalar of a list whose items can't be null; None for any other type."""
    bare: Any = cast("Any", type_).of_type if isinstance(type_, GraphQLNonNull) else type_
    inner: Any = cast("Any", bare).of_type if isinstance(bare, GraphQLList) else None
    scalar: Any = cast("Any", inner).of_type if isinstance(inner, GraphQLNonNull) else None
    return scalar if isinstance(scalar, GraphQLScalarType) else None


def _quickly(arguments: Arguments, constant: Mapping[str, Any], plain: Mapping[str, str]) -> Arguments:
    """Such values are given as they are, which spares most requests a look at each type; all else takes the long way."""

    def quick(given: VariableValues) -> Mapping[str, Any]:
        made, coerced = dict(constant), given.coerced
        for name, variable in plain.items():
            value: Any = coerced.get(variable)
            if type(value) is list:
                value = [*value]
            elif type(value) not in _PLAIN:
                return arguments(given)
            made[name] = value
        return made

    return quick


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
