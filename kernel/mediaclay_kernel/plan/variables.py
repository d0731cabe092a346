"""Variables of a request, coerced as graphql-core coerces them; most are a few plain scalars, which are taken as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined

from mediaclay_kernel.plan.arguments import plain_scalar, scalar_of_items

Coerce = Callable[[Mapping[str, Any]], VariableValues | None]
"""The coerced variables, None where they are wrong: the ordinary way says what is wrong with them."""

_KINDS = {"ID": str, "String": str, "Boolean": bool, "Int": int}
"""What JSON has for a scalar whose value is its own coerced one."""
_ABSENT = frozenset({type(None), type(Undefined)})


def coercing(core: GraphQLSchema, operation: OperationDefinitionNode) -> Coerce:
    """How the variables of an operation are coerced."""
    definitions = operation.variable_definitions or ()

    def fully(given: Mapping[str, Any]) -> VariableValues | None:
        found = get_variable_values(core, definitions, dict(given))
        return None if isinstance(found, list) else found

    plain: list[tuple[str, type, GraphQLVariableSignature, Callable[[Any], Any] | None]] = []
    for each in definitions:
        signature = get_variable_signature(core, each)
        if isinstance(signature, GraphQLError):
            return fully
        scalar = scalar_of_items(cast("Any", signature).type)
        item = None if scalar is None else scalar.coerce_input_value
        kind = list if item is not None else _KINDS.get(plain_scalar(cast("Any", signature).type) or "")
        if kind is None:
            return fully
        plain.append((signature.name, kind, signature, item))

    def quickly(given: Mapping[str, Any]) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, kind, signature, item in plain:
            value: Any = given.get(name)
            if type(value) is not kind or (kind is int and not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT):
                return fully(given)  # left out, null, or something to be converted or refused
            sources[name] = VariableValueSource(signature, value)
            if item is not None and (value := _items(item, value)) is None:
                return fully(given)
            coerced[name] = value
        return VariableValues(sources, coerced)

    return quickly


def _items(item: Callable[[Any], Any], values: list[Any]) -> list[Any] | None:
    """All coerced, None where one is null or refused."""
    try:
        done = [*map(item, values)]
    except Exception:  # noqa: BLE001
        return None
    kinds = {*map(type, values), *map(type, done)}
    return done if kinds.isdisjoint(_ABSENT) else None
