"""Random operations over a schema: aliases, fragments of each sort, merged fields, variables, defaults, @skip, @include.

Values are taken from pools by the name of the argument or of the type: real ids beside unknown and malformed ones.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
    is_union_type,
    parse,
    validate,
)

from tests.parity.support.compare import Operation
from tests.parity.support.values import Pools, Values, text, type_of_variables

NAME = "Q"
FLAG = GraphQLNonNull(GraphQLBoolean)
MORE = 0, 0, 0, 1, 3
"""How often the same document is sent again: a plan that suited some variables must suit others."""
LONGEST = 5000
RARE = {"_service", "plain"}
"""Fields with a resolver of their own: they would send most operations the ordinary way."""


def operations(schema: GraphQLSchema, pools: Pools, seed: int, count: int, depth: int = 5) -> list[Operation]:
    """So many valid operations; the same for the same seed. Some are asked again in a row, with other variables."""
    made: list[Operation] = []
    chance = random.Random(seed)
    while len(made) < count:
        writer = Writer(schema, pools, random.Random(chance.random()), depth)
        document = writer.write()
        if len(document) < LONGEST and _is_valid(schema, document):
            made += [Operation(document, given, NAME) for given in asked(writer.values)]
    return made[:count]


def asked(values: Values) -> list[dict[str, Any]]:
    """The variables that an operation is sent with, for each time that it is."""
    more = values.chance.choice(MORE) if values.variables else 0
    return [values.given, *(values.others() for _ in range(more))]


def _is_valid(schema: GraphQLSchema, document: str) -> bool:
    try:
        return not validate(schema, parse(document))
    except GraphQLError:
        return False


class Writer:
    """Writes one document."""

    def __init__(self, schema: GraphQLSchema, pools: Pools, chance: random.Random, depth: int) -> None:
        self.schema = schema
        self.chance = chance
        self.depth = depth
        self.values = Values(pools, chance)
        self.fragments: dict[str, tuple[str, str]] = {}
        self.flags = 0
        self.most_flags = 6 if chance.random() < 0.1 else 4  # a plan takes up to four
        self.number = 0

    def write(self) -> str:
        """Its text; `values` has what it is sent with."""
        body = self._selection(self.schema.query_type, self.chance.randint(1, self.depth))
        parts = [f"fragment {name} on {type_} {inner}" for name, (type_, inner) in self.fragments.items()]
        return "\n".join([f"query {NAME}{self.values.definitions} {body}", *parts])

    def _selection(self, type_: Any, depth: int) -> str:
        names = (
            [] if is_union_type(type_) else [n for n in type_.fields if n not in RARE or self.chance.random() < 0.03]
        )
        lines: list[str] = []
        for _ in range(self.chance.randint(1, 4)):
            if not names or self.chance.random() < 0.08:
                lines.append(self._alias(0.3) + "__typename" + self._directive())
            elif self.chance.random() < 0.8:
                lines += self._field(type_, self.chance.choice(names), depth)
            else:
                lines.append(self._fragment(type_, depth))
        return "{ " + " ".join(lines or ["__typename"]) + " }"

    def _field(self, type_: Any, name: str, depth: int) -> list[str]:
        field = type_.fields[name]
        named = get_named_type(field.type)
        is_leaf = is_leaf_type(named)
        if not is_leaf and depth <= 0:
            return []
        arguments = self._arguments(field.args)
        key = self._alias(1.0 if arguments else 0.2)

        def once() -> str:
            body = "" if is_leaf else " " + self._selection(named, depth - 1)
            return f"{key}{name}{arguments}{self._directive()}{body}"

        lines = [once()]
        if self.chance.random() < 0.15:
            lines.append(once())  # merged with the first one, or found to be in conflict with it
        return lines

    def _fragment(self, type_: Any, depth: int) -> str:
        possible = self.schema.get_possible_types(type_) if is_abstract_type(type_) else []
        inner = self.chance.choice([type_, *possible, *(getattr(type_, "interfaces", ()))])
        if self.chance.random() < 0.5:
            condition = "" if inner is type_ and self.chance.random() < 0.5 else f" on {inner.name}"
            return f"...{condition}{self._directive()} {self._selection(inner, depth - 1)}"
        known = [name for name, (on, _) in self.fragments.items() if on == inner.name]
        if known and self.chance.random() < 0.5:
            return f"...{self.chance.choice(known)}{self._directive()}"
        body = self._selection(inner, depth - 1)
        name = f"F{self._next()}"
        self.fragments[name] = inner.name, body
        return f"...{name}{self._directive()}"

    def _alias(self, likely: float) -> str:
        return f"a{self._next()}: " if self.chance.random() < likely else ""

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _directive(self) -> str:
        if self.chance.random() > 0.1:
            return ""
        value = self.chance.random() < 0.5
        given = str(value).lower()
        if self.flags < self.most_flags and self.chance.random() < 0.6:
            self.flags += 1
            given = self.values.variable("if", FLAG, value)
        return f" @{self.chance.choice(['skip', 'include'])}(if: {given})"

    def _arguments(self, arguments: Mapping[str, GraphQLArgument]) -> str:
        given = [
            f"{name}: {self._argument(name, argument)}"
            for name, argument in arguments.items()
            if is_required_argument(argument) or self.chance.random() < 0.5
        ]
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        value = self.values.of(name, argument.type)
        if self.chance.random() < 0.5:
            return text(value, argument.type)
        return self.values.variable(name, type_of_variables(argument), value)
