"""Values for arguments, and the variables that an operation gives them by."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from graphql import (
    GraphQLArgument,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

Pools = Mapping[str, Callable[[random.Random], Any]]
"""Where values are drawn from, by the name of an argument and its type ('after: Int'), by its name, or by its type."""

ABSENT, NULL, STRICTER, AGAIN, DEFAULT, ODD = 0.3, 0.1, 0.1, 0.1, 0.3, 0.02
ODD_VALUES = 3, 2.5, 1e400, True, "3", "", "\ud800", [], ["x"], [None], [[3]], {}, {"a": 1}, None
NEAR_MISSES: Mapping[str, Sequence[Any]] = {
    "Int": (3.0, 2**31, -(2**31) - 1, 2**63, 2**70, True, "3"),
    "ID": (3, 3.0, 2**63, 2**70, True),
    "String": (3, True, ["zoo"]),
    "Boolean": (1, "true", None),
}
"""What variables may be given whatever their types are: some of it is coerced, most of it refused."""


class Variable(NamedTuple):
    """A variable of an operation, and the argument that its values suit."""

    name: str
    argument: str
    type: Any
    kind: str
    default: str | None

    @property
    def definition(self) -> str:
        """As it stands in the head of the operation."""
        return f"${self.name}: {self.kind}" + ("" if self.default is None else f" = {self.default}")

    @property
    def is_required(self) -> bool:
        """Whether a value must be given."""
        return self.kind.endswith("!") and self.default is None


class Values:
    """What one operation is given: the same for the same state of `chance`."""

    def __init__(self, pools: Pools, chance: random.Random) -> None:
        self.pools = pools
        self.chance = chance
        self.variables: list[Variable] = []
        self.given: dict[str, Any] = {}

    @property
    def definitions(self) -> str:
        """The variables as they stand behind the name of the operation."""
        return f"({', '.join(each.definition for each in self.variables)})" if self.variables else ""

    def of(self, argument: str, type_: Any) -> Any:
        """A value as it would come in JSON."""
        if is_non_null_type(type_):
            while (value := self.of(argument, type_.of_type)) is None:
                pass
            return value
        if self.chance.random() < NULL:
            return None
        if is_list_type(type_):
            return [self.of(argument, type_.of_type) for _ in range(self.chance.randrange(5))]
        if is_input_object_type(type_):
            return {
                name: self.of(name, field.type)
                for name, field in type_.fields.items()
                if is_non_null_type(field.type) or self.chance.random() < 0.5
            }
        return self._leaf(argument, type_)

    def _leaf(self, argument: str, type_: Any) -> Any:
        pool = self.pools.get(f"{argument}: {type_.name}") or self.pools.get(argument)
        if pool is None and is_enum_type(type_):
            return self.chance.choice(list(type_.values))
        return (pool or self.pools[type_.name])(self.chance)

    def variable(self, argument: str, type_: Any, value: Any) -> str:
        """A variable with this value, or one of the same type that the operation has already: `$v1`."""
        same = [each.name for each in self.variables if each.kind == str(type_)]
        if same and self.chance.random() < AGAIN:
            return f"${self.chance.choice(same)}"
        default = text(value, type_) if value is not None and self.chance.random() < DEFAULT else None
        is_stricter = value is not None and not is_non_null_type(type_) and self.chance.random() < STRICTER
        kind = f"{type_}!" if is_stricter else str(type_)
        made = Variable(f"v{len(self.variables) + 1}", argument, type_, kind, default)
        self.variables.append(made)
        self._give(made, value, self.given)
        return f"${made.name}"

    def others(self) -> dict[str, Any]:
        """Other values for the variables that there are."""
        given: dict[str, Any] = {}
        for each in self.variables:
            value = self.of(each.argument, each.type)
            while value is None and each.kind.endswith("!"):
                value = self.of(each.argument, each.type)
            self._give(each, value, given)
        return given

    def _give(self, variable: Variable, value: Any, given: dict[str, Any]) -> None:
        if self.chance.random() < ODD:
            near = NEAR_MISSES.get(get_named_type(variable.type).name, ODD_VALUES)
            given[variable.name] = self.chance.choice(self.chance.choice([near, ODD_VALUES]))
        elif variable.is_required or self.chance.random() >= ABSENT:
            given[variable.name] = value


def type_of_variables(argument: GraphQLArgument) -> Any:
    """The loosest type of a variable that may stand there: where there is a default, one that may be missing."""
    type_: Any = argument.type
    return type_.of_type if is_non_null_type(type_) and not is_required_argument(argument) else type_


def text(value: Any, type_: Any) -> str:
    """A value as a literal of a document."""
    if is_non_null_type(type_):
        type_ = type_.of_type
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[" + ", ".join(text(each, getattr(type_, "of_type", type_)) for each in value) + "]"
    if is_enum_type(type_):
        return value
    if isinstance(value, dict):
        kinds = {name: field.type for name, field in getattr(type_, "fields", {}).items()}
        return "{" + ", ".join(f"{name}: {text(each, kinds.get(name, type_))}" for name, each in value.items()) + "}"
    return orjson.dumps(value).decode()
